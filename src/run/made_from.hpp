// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "run/options.hpp"
#include "run/tables.hpp"

// What a part was made from, so that --resume can tell whether the run may go on.

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

/// Names and values, as in the `__metadata__` of every part and in the manifest.
using Metadata = std::map<std::string, std::string>;

inline constexpr const char* kFormKey = "seqfeat";  ///< Its value is the form of the part.
inline constexpr const char* kTablesKey = "tables";
/// JSON list of `path=crc32c:…` of the files with the columns' vocabularies; missing without any.
inline constexpr const char* kVocabulariesKey = "vocabularies";

/// All options of a run that determine the bytes of its parts, and the hashes of its tables and
/// vocabularies. The input of a part is noted in the part alone.
class MadeFrom {
 public:
  /// Reads the files of vocabularies through. Throws InvalidArgument naming one that it cannot.
  MadeFrom(const RunOptions& options, InputFormat format, std::shared_ptr<TableHashes> tables);

  /// All of it with zeros in place of the hashes of tables: as long as `complete`.
  [[nodiscard]] const Metadata& draft() const noexcept { return draft_; }

  /// All of it. Waits for the hashes; nothing if the run was stopped before.
  [[nodiscard]] std::optional<Metadata> complete() const;

 private:
  std::shared_ptr<TableHashes> tables_;
  Metadata draft_;
};

/// Throws InvalidArgument naming the first difference of `found`, at `place`, from `expected`.
void check_same(const Metadata& expected, const Metadata& found, const std::string& place);

}  // namespace seqfeat::run
