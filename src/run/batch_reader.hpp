// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "layer/compiled_columns.hpp"
#include "run/plan.hpp"
#include "run/row_batch.hpp"
#include "run/row_reader.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {

/// Rows read and parsed, and where they came from.
struct ReadBatch {
  /// Consecutive rows of one file: row `row` of the batch is number `number` of the file.
  struct Segment {
    std::int64_t row = 0;
    std::size_t file = 0;
    std::int64_t number = 0;
  };
  /// The records of one file that were read for the batch, including those left out.
  struct Consumed {
    std::size_t file = 0;
    std::int64_t first = 0;
    std::int64_t records = 0;
  };

  std::unique_ptr<RowBatch> rows;
  std::vector<const Ragged*> features;  ///< In the layer's order.
  std::vector<Segment> segments;
  std::vector<Consumed> consumed;
  std::int64_t first_row = 0;
  std::vector<std::uint32_t> input_crcs;  ///< CRC-32C of all records up to each one.
  std::int64_t input_bytes = 0;           ///< Of all rows so far.
};

/// Cuts the input into batches.
class BatchReader {
 public:
  /// Throws   InvalidArgument where the format cannot hold what is asked for.
  explicit BatchReader(const ReadPlan& plan);

  /// An empty batch to be filled.
  [[nodiscard]] ReadBatch make_batch() const;

  /// Fills `batch` with the next rows. False at the end of the input, and once `stop` is requested:
  /// then the rows read so far are lost.
  ///
  /// Throws   DataError: FILE:NUMBER: COLUMN: … for the first record that cannot be used, or the
  ///          first one too many to be left out; UnreadableFile.
  bool fill(ReadBatch& batch, const std::stop_token& stop);

  /// Where a row of `batch` stands in the input.
  [[nodiscard]] DataPlace place(const ReadBatch& batch, std::int64_t row) const;

  /// The records that were left out so far.
  [[nodiscard]] const std::vector<DataError>& rejected() const noexcept { return rejected_; }

  /// Keys of the spec that no row so far had, not even empty.
  [[nodiscard]] std::vector<std::string> unseen_keys() const;
  /// Keys that the first rows had.
  [[nodiscard]] const std::set<std::string>& found_keys() const noexcept { return found_keys_; }

 private:
  std::optional<std::string_view> next_record();
  void note(ReadBatch& batch, std::string_view record);
  void check_kind(std::string_view record);
  void add(ReadBatch& batch, std::string_view record);
  void check_lengths(ReadBatch& batch);
  void check_kept(const RowBatch& rows);
  void reject(const DataError& error);

  const ReadPlan& plan_;
  const ParseSpec spec_;
  const detail::CompiledColumns columns_;
  RowReader reader_;
  std::int64_t next_row_ = 0;
  std::optional<std::size_t> known_file_;          ///< Its records are known to be of the format.
  std::vector<std::optional<std::size_t>> kinds_;  ///< The types of the kept values.
  std::vector<RaggedView> views_;                  ///< Of the features of the last row.
  std::vector<bool> seen_;                         ///< By feature.
  std::set<std::string> found_keys_;
  std::vector<DataError> rejected_;
};

}  // namespace seqfeat::run
