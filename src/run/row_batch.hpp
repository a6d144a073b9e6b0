// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "run/input.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/example.hpp"
#include "seqfeat/features.hpp"

namespace seqfeat::run {

/// Rows of one format, parsed into a ragged batch per feature. `clear` keeps the memory.
class RowBatch {
 public:
  RowBatch() = default;
  RowBatch(const RowBatch&) = delete;
  RowBatch& operator=(const RowBatch&) = delete;
  RowBatch(RowBatch&&) = delete;
  RowBatch& operator=(RowBatch&&) = delete;
  virtual ~RowBatch() = default;

  /// Adds a row: a record's or a line's bytes.
  ///
  /// Throws   DataError naming the feature, what was got and what was expected; the caller adds the
  ///          place of the row. Nothing of the row is kept then.
  virtual void add(std::string_view row) = 0;

  [[nodiscard]] virtual std::int64_t rows() const = 0;

  /// Views of all features; valid until the next `add` or `clear`.
  [[nodiscard]] virtual Features features() const = 0;

  /// The kept values of the k-th key to keep, one per row.
  [[nodiscard]] virtual const std::vector<Scalar>& kept(std::size_t k) const = 0;

  /// The batch of one feature, at a fixed address.
  [[nodiscard]] virtual const Ragged& feature(const std::string& key) const = 0;

  /// Whether any row since the batch was made had the feature, be it empty.
  [[nodiscard]] virtual bool has_seen(const std::string& key) const = 0;

  /// Keeps the first `rows` rows.
  virtual void cut_back(std::int64_t rows) = 0;

  /// Forgets the rows.
  virtual void clear() { cut_back(0); }
};

/// An empty batch for rows of `format`.
///
/// Throws   InvalidArgument if the format cannot hold the features: text has one and keeps nothing.
[[nodiscard]] std::unique_ptr<RowBatch> make_row_batch(InputFormat format, const ParseSpec& spec,
                                                       const std::vector<std::string>& keep);

/// Values of all features together.
[[nodiscard]] std::int64_t token_count(const Features& features) noexcept;

/// Reads rows of columns, as `ArrowRows` writes them.
[[nodiscard]] std::unique_ptr<RowBatch> make_arrow_rows(const ParseSpec& spec,
                                                        const std::vector<std::string>& keep);

/// Who reads lines of JSON: our own fast reader first, and the JSON library if that gives up; or
/// the library alone, so that tests can compare the two.
enum class JsonlWay : std::uint8_t { plain_first, library };
[[nodiscard]] std::unique_ptr<RowBatch> make_jsonl_rows(const ParseSpec& spec,
                                                        const std::vector<std::string>& keep,
                                                        JsonlWay way = JsonlWay::plain_first);

}  // namespace seqfeat::run
