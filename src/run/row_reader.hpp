// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "io/line_reader.hpp"
#include "run/arrow_rows.hpp"
#include "run/input.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat::run {

/// The rows of several files as one stream: records, or lines without their `\n` or `\r\n`.
class RowReader {
 public:
  /// `keys` is what is read of files of columns; other formats need none.
  explicit RowReader(const Input& input, ArrowKeys keys = {});
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;
  RowReader(RowReader&&) = delete;
  RowReader& operator=(RowReader&&) = delete;
  ~RowReader();

  /// The next row, valid until the next call; nothing after the last file.
  ///
  /// Throws   DataError with the place in the file where its frames or its compressed stream are
  ///          broken; UnreadableFile.
  std::optional<std::string_view> next();

  /// Skips the rest of the file, for a caller whose `next` threw.
  void leave_file();

  /// The last row: its file, its record or row of columns (from 0) or line (from 1), and its offset
  /// in the file, which only a file without compression has.
  [[nodiscard]] std::size_t file() const noexcept { return file_; }
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }
  [[nodiscard]] std::optional<std::int64_t> offset() const noexcept { return offset_; }

  /// The place of a row, for messages.
  [[nodiscard]] DataPlace place(std::size_t file, std::int64_t number) const;

  /// Bytes of the rows so far.
  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }

 private:
  void open();
  std::optional<std::string_view> next_in_file();

  const Input& input_;
  const ArrowKeys keys_;
  std::size_t file_ = 0;
  std::int64_t number_ = 0;
  std::optional<std::int64_t> offset_;
  std::int64_t bytes_ = 0;
  std::optional<TfRecordReader> records_;
  std::optional<LineReader> lines_;
  std::optional<ArrowRows> columns_;
};

}  // namespace seqfeat::run
