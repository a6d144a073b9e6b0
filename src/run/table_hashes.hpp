// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "run/tables.hpp"

namespace seqfeat::run {

/// Hashes all bytes of a run's tables in a thread of its own. Tables made by the initializer depend
/// on the spec alone and are not hashed.
class TableHashes {
 public:
  /// Begins to hash. The tables must outlive this object; `stop` ends it early.
  TableHashes(const Tables& tables, std::stop_token stop);
  TableHashes(const TableHashes&) = delete;
  TableHashes& operator=(const TableHashes&) = delete;
  TableHashes(TableHashes&&) = delete;
  TableHashes& operator=(TableHashes&&) = delete;
  ~TableHashes();

  /// JSON list of `column=initializer`, `column=crc32c:…` or `column=F16 crc32c:…`, with zeros for
  /// the hashes.
  [[nodiscard]] const std::string& draft() const noexcept { return draft_; }

  /// The same with the hashes. Waits for them; nothing if hashing was stopped.
  [[nodiscard]] std::optional<std::string> wait() const { return result_.get(); }

 private:
  std::string draft_;
  std::stop_source own_stop_;
  std::shared_future<std::optional<std::string>> result_;
  std::optional<std::thread> worker_;
};

}  // namespace seqfeat::run
