// SPDX-License-Identifier: Apache-2.0
#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "backend/sizes.hpp"
#include "pack/values.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/pack.hpp"

namespace seqfeat {
namespace {

using detail::concat;

/// Whether TensorFlow takes the cell for missing: '', -1, or -1 cast to the unsigned type. A number
/// never is.
bool is_missing(const ValuesView& values, std::int64_t i) {
  if (is_float(values.dtype)) return false;
  if (values.dtype == DType::string) return values.byte_offsets[i] == values.byte_offsets[i + 1];
  const bool narrow = is_unsigned(values.dtype) && values.dtype != DType::uint64;
  const std::int64_t missing = narrow ? largest_of(values.dtype) : -1;
  return integer_at(values.data, values.dtype, i) == missing;
}

}  // namespace

Ragged from_dense(const ValuesView& values, std::span<const std::int64_t> shape,
                  std::string_view key) {
  if (shape.empty()) {
    throw InvalidArgument(
        concat("feature '", key, "': shape has rank 0, expected [B], [B, T] or [B, T, …]"));
  }
  std::int64_t cells = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) throw InvalidArgument(concat("feature '", key, "': shape has a size of ", size));
  }
  for (const std::int64_t size : shape) {
    if (const auto next = detail::product({cells, size})) {
      cells = *next;
    } else {
      throw InvalidArgument(concat("feature '", key, "': the product of shape overflows int64"));
    }
  }
  if (values.count != cells) {
    throw InvalidArgument(concat("feature '", key, "': got ", values.count, " values, expected ",
                                 cells, " by shape"));
  }
  validate(values, key);

  const std::int64_t rows = shape[0];
  const std::int64_t cells_per_row = rows == 0 ? 0 : cells / rows;
  const std::int64_t steps = shape.size() > 1 ? shape[1] : 1;
  const std::int64_t per_step = steps == 0 ? 0 : cells_per_row / steps;
  // Rows cost offsets although an empty one has no cell.
  const auto bytes = detail::product({rows, std::int64_t{sizeof(std::int64_t)}});
  detail::require_host_memory(bytes.value_or(INT64_MAX),
                              concat("feature '", key, "': ", rows, " rows"));

  Ragged batch(values.dtype);
  for (std::int64_t b = 0; b < rows; ++b) {
    const std::int64_t first = b * cells_per_row;
    std::int64_t end = first + cells_per_row;
    while (end > first && is_missing(values, end - 1)) --end;
    // Whole steps up to the one that holds the last cell.
    for (std::int64_t at = first; at < end; at += per_step) {
      for (std::int64_t i = at; i < at + per_step; ++i) {
        if (!is_missing(values, i)) detail::append_value(batch, values, i);
      }
      batch.end_step();
    }
    batch.end_row();
  }
  return batch;
}

}  // namespace seqfeat
