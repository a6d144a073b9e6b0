// SPDX-License-Identifier: Apache-2.0
#include "run/tables.hpp"

#include <utility>
#include <variant>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "spec/near_names.hpp"
#include "table/safetensors_types.hpp"
#include "table/stoppable.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

constexpr std::int64_t kManyBuckets = 65536;

struct TableFile {
  std::filesystem::path path;
  SafetensorsFile contents;
};

std::vector<TableFile> open_files(const std::vector<std::filesystem::path>& paths) {
  std::vector<TableFile> files;
  for (const auto& path : paths) {
    try {
      files.push_back({path, SafetensorsFile(path)});
    } catch (const DataError& error) {
      throw InvalidArgument(error.what());  // an argument is unusable, not the input
    }
  }
  return files;
}

/// The one file that has a tensor of that name, or null.
const TableFile* find_file(const std::vector<TableFile>& files, const std::string& name) {
  const TableFile* found = nullptr;
  for (const TableFile& file : files) {
    if (!file.contents.tensors().contains(name)) continue;
    if (found != nullptr) {
      throw InvalidArgument(concat(name, ": got it in ", found->path.string(), " and in ",
                                   file.path.string(), ", expected it once"));
    }
    found = &file;
  }
  return found;
}

EmbeddingTable map_table(const TableFile& file, const EmbeddingColumn& column) {
  const std::string name = column.table();
  const TensorView& tensor = file.contents.tensors().find(name)->second;
  const std::vector<std::int64_t> shape{column.categorical().rows(), column.dimension()};
  if (!float_type_of(tensor.dtype) || tensor.shape != shape) {
    throw InvalidArgument(concat(file.path.string(), ": ", name, ": got ",
                                 describe_tensor(tensor.dtype, tensor.shape), ", expected ",
                                 describe_tensor("F32", shape),
                                 " (or F16, BF16); mend the table or the spec"));
  }
  return detail::table_in(file.contents, file.path.string(), name);
}

[[noreturn]] void refuse_missing(const std::vector<TableFile>& files, const std::string& name) {
  std::vector<std::string_view> known;
  for (const TableFile& file : files) {
    for (const auto& [tensor, view] : file.contents.tensors()) known.emplace_back(tensor);
  }
  throw InvalidArgument(concat("--tables: got no tensor '", name,
                               "', expected one for every embedding column; name its file, or let "
                               "the initializer make it with --init-missing",
                               did_you_mean(name, known)));
}

}  // namespace

Tables open_tables(const RunOptions& options, const std::stop_token& stop) {
  Tables tables;
  const std::vector<TableFile> files = open_files(options.tables);
  std::size_t used = 0;
  for (const Column& any : options.spec.columns) {
    const auto* indicator = std::get_if<IndicatorColumn>(&any);
    if (indicator != nullptr && indicator->categorical().rows() > kManyBuckets) {
      tables.warnings.push_back(concat(indicator->name(), ": got ", indicator->categorical().rows(),
                                       " buckets, of which an indicator writes every one in every "
                                       "step; an embedding is smaller"));
    }
    const auto* column = std::get_if<EmbeddingColumn>(&any);
    if (column == nullptr) continue;
    const std::string name = column->table();
    if (tables.by_name.contains(name)) continue;  // another column has it too
    const TableFile* file = find_file(files, name);
    if (file != nullptr) {
      ++used;
      tables.by_name.emplace(name, map_table(*file, *column));
      continue;
    }
    if (!files.empty() && !options.init_missing) refuse_missing(files, name);
    auto table = detail::initialized_table(*column, stop);
    if (!table) return tables;
    tables.by_name.emplace(name, std::move(*table));
    tables.initialized.insert(name);
    tables.warnings.push_back(
        concat(name, ": no table given, its vectors are random (from the initializer)"));
  }
  std::size_t all = 0;
  for (const TableFile& file : files) all += file.contents.tensors().size();
  if (all > used) {
    tables.warnings.push_back(concat("--tables: ", all - used, " other tensors ignored"));
  }
  return tables;
}

void bind_tables(const Tables& tables, SequenceFeatures& layer) {
  for (const auto& [name, table] : tables.by_name) layer.bind(name, table.view());
}

bool save_tables(const Tables& tables, const std::filesystem::path& file,
                 const std::stop_token& stop) {
  std::map<std::string, TableView> views;
  for (const auto& [name, table] : tables.by_name) views.emplace(name, table.view());
  return detail::save_tables(file, views, stop);
}

}  // namespace seqfeat::run
