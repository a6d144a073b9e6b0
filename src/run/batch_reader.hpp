// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "run/options.hpp"
#include "run/part.hpp"
#include "run/row_batch.hpp"
#include "run/row_reader.hpp"

namespace seqfeat::run {

/// Rows read and parsed, and where they came from.
struct ReadBatch {
  /// Rows from `row` on stand one after the other in one file, from `number` on.
  struct Segment {
    std::int64_t row = 0;
    std::size_t file = 0;
    std::int64_t number = 0;
  };

  std::unique_ptr<RowBatch> rows;
  std::vector<Segment> segments;
  std::int64_t first_row = 0;
  std::uint32_t input_crc32c = 0;
  std::int64_t input_bytes = 0;  ///< Of all rows so far.
};

/// Cuts the input into batches.
class BatchReader {
 public:
  explicit BatchReader(const RunOptions& options);

  /// An empty batch to be filled.
  [[nodiscard]] ReadBatch make_batch() const;

  /// Passes over the rows of parts that are there already.
  ///
  /// Throws   InvalidArgument if the input's rows are not those that the parts were made from.
  void skip(const std::vector<PartInfo>& parts);

  /// Fills `batch` with the next rows. False at the end of the input and, with what is read so far
  /// dropped, once `stop` is asked for.
  ///
  /// Throws   DataError: FILE:NUMBER: COLUMN: …
  bool fill(ReadBatch& batch, const std::stop_token& stop);

  /// "FILE:NUMBER" of a row of `batch`.
  [[nodiscard]] std::string place(const ReadBatch& batch, std::int64_t row) const;

 private:
  void check_kinds(const RowBatch& rows);

  const RunOptions& options_;
  ParseSpec spec_;
  RowReader reader_;
  std::int64_t next_row_ = 0;
  std::vector<std::optional<std::size_t>> kinds_;  ///< Of what is kept: int64 or float.
};

}  // namespace seqfeat::run
