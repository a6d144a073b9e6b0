// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "seqfeat/ragged.hpp"

// Lines of JSON by simdjson's On-Demand parser: what our own reader is held against, and is to be
// replaced by once that is at least as fast.

namespace seqfeat::bench {

/// Rows of the member `tokens` of lines that are objects: the same job as `run::make_jsonl_rows`
/// for one feature. Keys must differ, strings and integers are exact, nothing may follow the
/// object.
class SimdjsonRows {
 public:
  /// Bytes that must be readable behind a line.
  static constexpr std::size_t kPadding = 64;

  explicit SimdjsonRows(DType dtype);

  /// Adds a line's row.
  ///
  /// Throws   DataError where the line is not what it should be.
  void add(std::string_view line);
  /// Reads lines in batches of `most` rows, of which the last stays. Structure is found for a
  /// megabyte of lines at once: faster, but what is wrong anywhere in it stops all of it.
  ///
  /// Throws   DataError likewise.
  void read(std::string_view lines, std::int64_t most);

  [[nodiscard]] std::int64_t rows() const noexcept { return tokens_.rows(); }
  [[nodiscard]] RaggedView view() const noexcept { return tokens_.view(); }
  void clear() { tokens_.clear(); }

 private:
  struct Parser;
  std::shared_ptr<Parser> parser_;  ///< Shared, so that only its own file knows how it ends.
  Ragged tokens_;
};

}  // namespace seqfeat::bench
