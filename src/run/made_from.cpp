// SPDX-License-Identifier: Apache-2.0
#include "run/made_from.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "backend/concat.hpp"
#include "backend/try_thread.hpp"
#include "io/vocabulary_file.hpp"
#include "run/arrow_files.hpp"
#include "run/text.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/fingerprint.hpp"
#include "spec/vocabulary.hpp"
#include "table/safetensors_types.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

/// A table to be hashed, unless the initializer made it.
struct Source {
  std::string column;
  TableView view;
  bool initialized = false;
};

std::span<const std::byte> bytes_of(const TableView& view) {
  return {static_cast<const std::byte*>(view.data),
          static_cast<std::size_t>(view.rows * view.stride() * size_of(view.type))};
}

/// "column=F16 crc32c:0000abcd"; the type only if it is not F32.
std::string text_of(const Source& source, std::uint32_t crc) {
  if (source.initialized) return source.column + "=initializer";
  const std::string type(dtype_of(source.view.type));
  return concat(source.column, "=", type == "F32" ? "" : type + " ", "crc32c:", hex_of(crc));
}

std::optional<std::uint32_t> hash(std::span<const std::byte> bytes, const std::stop_token& stop,
                                  const std::stop_token& other_stop) {
  constexpr std::size_t kBlock = std::size_t{16} << 20;  // milliseconds
  std::uint32_t crc = 0;
  while (!bytes.empty()) {
    if (stop.stop_requested() || other_stop.stop_requested()) return std::nullopt;
    const auto block = bytes.first(std::min(bytes.size(), kBlock));
    crc = crc32c(block, crc);
    bytes = bytes.subspan(block.size());
  }
  return crc;
}

/// The files with the vocabularies of a spec's columns, each once, and what is in them.
std::vector<std::string> vocabularies_of(const Spec& spec) {
  std::set<std::string> files;
  for (const Column& column : spec.columns) {
    const CategoricalColumn* categorical = find_categorical(column);
    if (categorical == nullptr || !has_vocabulary_file(*categorical)) continue;
    files.insert(categorical->content().vocabulary_file);
  }
  std::vector<std::string> texts;
  texts.reserve(files.size());
  for (const std::string& file : files) {
    texts.push_back(concat(file, "=crc32c:", hex_of(VocabularyFile(file).crc32c())));
  }
  return texts;
}

}  // namespace

TableHashes::TableHashes(const Tables& tables, std::stop_token stop) {
  std::vector<Source> sources;
  std::vector<std::string> drafts;
  for (const auto& [column, table] : tables.by_name) {
    sources.push_back({column, table.view(), tables.initialized.contains(column)});
    drafts.push_back(text_of(sources.back(), 0));
  }
  draft_ = json_list(drafts);
  auto task = std::make_shared<std::packaged_task<std::optional<std::string>()>>(
      [sources = std::move(sources), stop = std::move(stop),
       own = own_stop_.get_token()]() -> std::optional<std::string> {
        std::vector<std::string> texts;
        for (const Source& source : sources) {
          std::optional<std::uint32_t> crc = 0;
          if (!source.initialized) crc = hash(bytes_of(source.view), stop, own);
          if (!crc) return std::nullopt;
          texts.push_back(text_of(source, *crc));
        }
        return json_list(texts);
      });
  result_ = task->get_future().share();
  worker_ = detail::try_thread([task] { (*task)(); });
  if (!worker_) (*task)();  // no thread: hash before the work
}

TableHashes::~TableHashes() {
  own_stop_.request_stop();
  if (worker_) worker_->join();
}

MadeFrom::MadeFrom(const RunOptions& options, InputFormat format,
                   std::shared_ptr<TableHashes> tables)
    : tables_(std::move(tables)),
      draft_{{kFormKey, "part 2"},
             {kTablesKey, tables_->draft()},
             {"batch_size", std::to_string(options.batch_size)},
             {"emit", json_list(options.emit.names())},
             {"keep", json_list(options.keep)},
             {"input_format", std::string(to_string(format))},
             {"on_error", options.on_error.skip ? "skip" : "fail"},
             {"shard", options.shard.text()}} {
  if (holds_columns(format)) {
    if (std::string filter = options.arrow_files->filter(); !filter.empty()) {
      draft_["filter"] = std::move(filter);
    }
  }
  if (options.form != nullptr) draft_["output_format"] = options.form->ending();
  std::string spec = to_json(options.spec);
  if (const auto vocabularies = vocabularies_of(options.spec); !vocabularies.empty()) {
    draft_[kVocabulariesKey] = json_list(vocabularies);
    spec += draft_[kVocabulariesKey];  // else the same path would pass for the same words
  }
  draft_["spec"] = "fingerprint64:" + hex_of(fingerprint64(spec));
}

std::optional<Metadata> MadeFrom::complete() const {
  auto tables = tables_->wait();
  if (!tables) return std::nullopt;
  Metadata all = draft_;
  all[kTablesKey] = std::move(*tables);
  return all;
}

void check_same(const Metadata& expected, const Metadata& found, const std::string& place) {
  const auto check = [&](const std::string& name, const std::string& value) {
    const auto other = found.find(name);
    if (other != found.end() && other->second == value) return;
    throw InvalidArgument(concat(place, ": made with ", name, " ",
                                 other == found.end() ? "unknown" : other->second, ", expected ",
                                 value,
                                 "; --resume needs what the run began with, "
                                 "--overwrite starts anew"));
  };
  check(kFormKey, expected.at(kFormKey));  // the names of the others depend on it
  if (const auto own = expected.find(kVocabulariesKey); own != expected.end()) {
    check(own->first, own->second);  // before the spec, which differs wherever they do
  }
  for (const auto& [name, value] : expected) check(name, value);
}

}  // namespace seqfeat::run
