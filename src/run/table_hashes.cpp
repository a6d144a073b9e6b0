// SPDX-License-Identifier: Apache-2.0
#include "run/table_hashes.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "backend/concat.hpp"
#include "backend/try_thread.hpp"
#include "run/text.hpp"
#include "seqfeat/crc32c.hpp"
#include "table/safetensors_types.hpp"

namespace seqfeat::run {
namespace {

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
  return detail::concat(source.column, "=", type == "F32" ? "" : type + " ",
                        "crc32c:", hex_of(crc));
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

}  // namespace

TableHashes::TableHashes(const Tables& tables, std::stop_token stop) {
  std::vector<Source> sources;
  std::vector<std::string> drafts;
  for (const auto& [column, table] : tables.by_column) {
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

}  // namespace seqfeat::run
