// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "seqfeat/table.hpp"
#include "spec/near_names.hpp"
#include "table/safetensors_types.hpp"
#include "table/stoppable.hpp"

// Tables as tensors of safetensors files.

namespace seqfeat {
namespace {

const TensorView& tensor_of(const SafetensorsFile& opened, const std::string& file,
                            std::string_view name) {
  const auto found = opened.tensors().find(name);
  if (found != opened.tensors().end()) return found->second;
  std::vector<std::string_view> known;
  for (const auto& [other, tensor] : opened.tensors()) known.push_back(other);
  throw InvalidArgument(file + ": no tensor '" + std::string(name) + "' among its " +
                        std::to_string(known.size()) + did_you_mean(name, known));
}

void check_view(const std::string& name, const TableView& table) {
  const bool usable =
      table.data != nullptr && table.rows >= 1 && table.dim >= 1 && table.stride() >= table.dim;
  if (usable && detail::product({table.rows, table.stride(), size_of(table.type)})) return;
  throw InvalidArgument(
      "table '" + name +
      "': needs data, rows >= 1, dim >= 1 and a pitch of 0 or at least dim, got " +
      (table.data == nullptr ? "no data, " : "") + std::to_string(table.rows) + " rows, dim " +
      std::to_string(table.dim) + ", pitch " + std::to_string(table.pitch));
}

/// The same rows without gaps.
EmbeddingTable packed(const TableView& table) {
  EmbeddingTable out(table.rows, table.dim, table.type);
  const std::int64_t row_bytes = table.dim * size_of(table.type);
  const auto* from = static_cast<const std::byte*>(table.data);
  auto* to = static_cast<std::byte*>(out.elements());
  for (std::int64_t row = 0; row < table.rows; ++row) {
    std::copy_n(from + row * table.stride() * size_of(table.type), row_bytes, to + row * row_bytes);
  }
  return out;
}

}  // namespace

EmbeddingTable load_table(const std::filesystem::path& file, std::string_view name) {
  return detail::table_in(SafetensorsFile(file), file.string(), name);
}

EmbeddingTable detail::table_in(const SafetensorsFile& opened, const std::string& file,
                                std::string_view name) {
  const TensorView& tensor = tensor_of(opened, file, name);
  const auto type = float_type_of(tensor.dtype);
  if (!type || tensor.shape.size() != 2 || tensor.data.empty()) {
    throw DataError(file + ": tensor '" + std::string(name) + "': got " +
                    describe_tensor(tensor.dtype, tensor.shape) +
                    ", expected F32 [rows, dim] (or F16, BF16) with rows and dim >= 1");
  }
  const std::int64_t rows = tensor.shape[0];
  const std::int64_t dim = tensor.shape[1];
  if (reinterpret_cast<std::uintptr_t>(tensor.data.data()) %
          static_cast<std::uintptr_t>(size_of(*type)) !=
      0) {
    EmbeddingTable copy(rows, dim, *type);
    std::memcpy(copy.elements(), tensor.data.data(), tensor.data.size());
    return copy;
  }
  // The mapping is private: writing to the table changes this memory and not the file.
  return {rows, dim, const_cast<std::byte*>(tensor.data.data()), opened.keeper(), *type};
}

void save_tables(const std::filesystem::path& file,
                 const std::map<std::string, TableView>& tables) {
  static_cast<void>(detail::save_tables(file, tables, {}));
}

bool detail::save_tables(const std::filesystem::path& file,
                         const std::map<std::string, TableView>& tables,
                         const std::stop_token& stop) {
  std::vector<EmbeddingTable> copies;  // of tables with gaps between their rows
  std::vector<std::pair<std::string, TensorView>> tensors;
  for (const auto& [name, table] : tables) {
    check_view(name, table);
    const void* data = table.data;
    if (table.stride() != table.dim) data = copies.emplace_back(packed(table)).elements();
    const auto bytes = static_cast<std::size_t>(table.rows * table.dim * size_of(table.type));
    tensors.push_back({name,
                       {std::string(dtype_of(table.type)),
                        {table.rows, table.dim},
                        {static_cast<const std::byte*>(data), bytes}}});
  }
  return write_safetensors(file, tensors, {}, stop).has_value();
}

}  // namespace seqfeat
