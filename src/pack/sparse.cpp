// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <vector>

#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "pack/values.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/pack.hpp"

namespace seqfeat {
namespace {

using detail::concat;

/// Indices [N, rank], read as (row, step).
class Cells {
 public:
  Cells(std::span<const std::int64_t> indices, std::size_t rank) : indices_(indices), rank_(rank) {}

  [[nodiscard]] std::int64_t row(std::int64_t i) const { return at(i, 0); }
  [[nodiscard]] std::int64_t step(std::int64_t i) const { return rank_ > 1 ? at(i, 1) : 0; }
  [[nodiscard]] std::int64_t at(std::int64_t i, std::size_t d) const {
    return indices_[static_cast<std::size_t>(i) * rank_ + d];
  }
  [[nodiscard]] bool before(std::int64_t a, std::int64_t b) const {
    return row(a) != row(b) ? row(a) < row(b) : step(a) < step(b);
  }

 private:
  std::span<const std::int64_t> indices_;
  std::size_t rank_;
};

void check(const ValuesView& values, std::span<const std::int64_t> indices,
           std::span<const std::int64_t> shape, std::string_view key) {
  if (shape.empty()) {
    throw InvalidArgument(
        concat("feature '", key, "': dense_shape has rank 0, expected 1 or more"));
  }
  for (const std::int64_t size : shape) {
    if (size < 0) {
      throw InvalidArgument(concat("feature '", key, "': dense_shape has a size of ", size));
    }
  }
  if (indices.size() % shape.size() != 0 ||
      static_cast<std::int64_t>(indices.size() / shape.size()) != values.count) {
    throw InvalidArgument(concat("feature '", key, "': indices hold ", indices.size(),
                                 " numbers, expected ", values.count, " x rank ", shape.size()));
  }
  validate(values, key);
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const std::size_t d = k % shape.size();
    if (indices[k] < 0 || indices[k] >= shape[d]) {
      throw DataError(concat("feature '", key, "': indices[", k / shape.size(), "][", d, "] is ",
                             indices[k], ", expected 0 to ", shape[d] - 1, " by dense_shape"));
    }
  }
}

/// The cells of a row make whole steps of `values_per_step`.
void check_groups(std::int64_t width, std::int64_t values_per_step, std::string_view key) {
  if (values_per_step < 1) {
    throw InvalidArgument(
        concat("feature '", key, "': values_per_step is ", values_per_step, ", expected >= 1"));
  }
  if (width % values_per_step == 0) return;
  throw DataError(
      {.column = std::string(key)},
      concat("feature '", key, "': dense_shape[1] is ", width, ", expected a multiple of ",
             values_per_step, ", the numbers of a step; pad the rows, or change the shape"));
}

[[noreturn]] void refuse_gap(std::int64_t row, std::int64_t cell, std::string_view key) {
  throw DataError({.row = row, .column = std::string(key)},
                  concat("feature '", key, "': cell ", cell,
                         " is missing, expected the numbers of a step without gaps"));
}

}  // namespace

Ragged from_sparse(const ValuesView& values, std::span<const std::int64_t> indices,
                   std::span<const std::int64_t> dense_shape, std::string_view key,
                   std::int64_t values_per_step) {
  check(values, indices, dense_shape, key);
  const bool grouped = dense_shape.size() == 2 && values_per_step != 1;
  if (grouped) check_groups(dense_shape[1], values_per_step, key);
  const Cells cells(indices, dense_shape.size());
  std::vector<std::int64_t> order(static_cast<std::size_t>(values.count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto before = [&](std::int64_t a, std::int64_t b) { return cells.before(a, b); };
  if (!std::is_sorted(order.begin(), order.end(), before)) {
    std::stable_sort(order.begin(), order.end(), before);
  }

  // Rows and holes cost offsets although the input holds no byte for them.
  std::int64_t offsets = dense_shape[0];
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool last_of_row =
        i + 1 == order.size() || cells.row(order[i + 1]) != cells.row(order[i]);
    if (last_of_row && __builtin_add_overflow(offsets, cells.step(order[i]) + 1, &offsets)) {
      offsets = INT64_MAX / 8;
      break;
    }
  }
  detail::require_host_memory(std::min(offsets, INT64_MAX / 8) * 8,
                              concat("feature '", key, "': ", offsets, " rows and steps"));

  Ragged batch(values.dtype);
  std::size_t next = 0;
  for (std::int64_t b = 0; b < dense_shape[0]; ++b) {
    for (std::int64_t t = 0; next < order.size() && cells.row(order[next]) == b; ++t) {
      const std::size_t first = next;
      for (; next < order.size() && cells.row(order[next]) == b && cells.step(order[next]) == t;
           ++next) {
        detail::append_value(batch, values, order[next]);
      }
      if (grouped && next == first) refuse_gap(b, t, key);
      batch.end_step();
    }
    batch.end_row();
  }
  return batch;
}

}  // namespace seqfeat
