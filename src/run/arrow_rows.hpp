// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/moved.hpp"
#include "run/arrow_files.hpp"
#include "seqfeat/arrow.hpp"
#include "seqfeat/column.hpp"

namespace seqfeat::run {

/// What is read of a file of columns, by key: a feature's type, or nothing for a value to keep.
using ArrowKeys = std::map<std::string, std::optional<DType>>;
[[nodiscard]] ArrowKeys arrow_keys(const ParseSpec& spec, const std::vector<std::string>& keep);

/// The rows of one file of columns, each as bytes that `make_arrow_rows` reads back, so that a row
/// is to a run what a record or a line is. The bytes depend on the values alone, not on how Arrow
/// stores them.
///
/// Memory   A chunk of the stream and a row.
class ArrowRows {
 public:
  /// Opens the file. `files` and `keys` outlive this object.
  ArrowRows(ArrowFiles& files, const std::string& name, std::string_view format,
            const ArrowKeys& keys);

  /// The next row, valid until the next call; nothing at the end.
  ///
  /// Throws   DataError with file, row and column: no such column, one of another type, malformed
  ///          memory; or with the producer's words. UnreadableFile for those about a file far away.
  std::optional<std::string_view> next();

 private:
  bool next_chunk();
  [[nodiscard]] ArrowColumn column_of(const ArrowTable& table, const std::string& key,
                                      std::optional<DType> wanted) const;

  const ArrowKeys& keys_;
  const std::string name_;
  detail::Moved<ArrowArrayStream> stream_;
  std::vector<ArrowColumn> columns_;  ///< Of the chunk, in the order of the keys.
  std::int64_t rows_ = 0;             ///< Of the chunk.
  std::int64_t row_ = 0;              ///< The next one.
  std::int64_t before_ = 0;           ///< Rows of the file before the chunk.
  std::string bytes_;
};

}  // namespace seqfeat::run
