// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "seqfeat/column.hpp"
#include "seqfeat/detail/hd.hpp"

// How the rows of one step become one vector: the order and the roundings of TensorFlow's CPU
// kernels (segment_reduction_ops_impl.h, clip_ops.py), so that every backend gives the same bits.
// To be compiled without contraction of a * b + c (-ffp-contract=off, -fmad=false).

namespace seqfeat {

/// What a sum over `n` rows is divided by: n or sqrt(n).
[[nodiscard]] SEQFEAT_HD inline float divisor_of(Combiner combiner, std::int64_t n) noexcept {
  const auto count = static_cast<float>(n);
  return combiner == Combiner::sqrtn ? sqrtf(count) : count;
}

/// How many of `n` rows are added one by one before blocks of eight follow: n mod 8, but at
/// least 2.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t leading_rows(std::int64_t n) noexcept {
  const std::int64_t rest = n & 7;
  return rest < 2 ? rest + 8 : rest;
}

/// Eight rows that `row(i)` gives, from `first` on, added in order; all are asked for before the
/// first addition, so that eight loads are in flight.
template <class Row>
[[nodiscard]] SEQFEAT_HD auto sum_of_eight(std::int64_t first, const Row& row) {
  decltype(row(first)) rows[8];  // NOLINT(modernize-avoid-c-arrays): std::array is for the host
  for (int j = 0; j < 8; ++j) rows[j] = row(first + j);
  auto sum = rows[0];
  for (int j = 1; j < 8; ++j) sum = sum + rows[j];
  return sum;
}

/// The first `n` <= 8 of the rows, likewise.
template <class Row>
[[nodiscard]] SEQFEAT_HD auto sum_of_up_to_eight(int n, const Row& row) {
  decltype(row(0)) rows[8];  // NOLINT(modernize-avoid-c-arrays): likewise
  for (int j = 0; j < 8; ++j) {
    if (j < n) rows[j] = row(j);
  }
  auto sum = rows[0];
  for (int j = 1; j < 8; ++j) {
    if (j < n) sum = sum + rows[j];
  }
  return sum;
}

/// One element of a step's vector, or some that stand side by side. `row(i)` is that part of the
/// i-th of `n` rows: a float, or a value with element-wise + and with * and / by a float. No rows
/// give 0.
///
/// One row is copied. The leading rows are added in order; up to nine rows are then multiplied by
/// the rounded reciprocal of the divisor. Each further block of eight is summed by itself before
/// it is added, and the total is truly divided.
template <class Row>
[[nodiscard]] SEQFEAT_HD auto combine(Combiner combiner, std::int64_t n, const Row& row) {
  using Value = decltype(row(n));
  if (n <= 0) return Value{};
  if (n == 1) return row(0);
  const auto leading = static_cast<int>(n < leading_rows(n) ? n : leading_rows(n));
  Value total = sum_of_up_to_eight(leading, row);
  if (leading > 8) total = total + row(8);
  for (std::int64_t i = leading; i < n; i += 8) total = total + sum_of_eight(i, row);
  if (combiner == Combiner::sum) return total;
  const float divisor = divisor_of(combiner, n);
  return n < 10 ? total * (1.0F / divisor) : total / divisor;
}

/// The share of lane `lane` (of 32) in a row's sum of squares: elements lane, lane + 32, … of the
/// part of the row that is a whole multiple of 32.
template <class Element>
[[nodiscard]] SEQFEAT_HD float squares_of_lane(int lane, std::int64_t dim, const Element& element) {
  float sum = 0.0F;
  for (std::int64_t d = lane; d < (dim & ~std::int64_t{31}); d += 32) {
    const float v = element(d);
    sum = sum + v * v;
  }
  return sum;
}

/// The norm of a row from its 32 lanes' shares: four packets of eight lanes are added up, then
/// whole packets of the rest, then the last elements in order. `lane_sum(l)` is lane l's share.
template <class Element, class LaneSum>
[[nodiscard]] SEQFEAT_HD float norm_from_lanes(std::int64_t dim, const Element& element,
                                               const LaneSum& lane_sum) {
  const std::int64_t lanes_end = dim & ~std::int64_t{31};
  const std::int64_t packets_end = dim & ~std::int64_t{7};
  const auto packet_lane = [&](int l) {
    float sum = lane_sum(l);
    for (int q = 8; q < 32; q += 8) sum = sum + lane_sum(l + q);
    for (std::int64_t d = lanes_end + l; d < packets_end; d += 8) {
      const float v = element(d);
      sum = sum + v * v;
    }
    return sum;
  };
  float tail = 0.0F;
  for (std::int64_t d = packets_end; d < dim; ++d) {
    const float v = element(d);
    tail = tail + v * v;
  }
  const float h0 = packet_lane(0) + packet_lane(4);
  const float h1 = packet_lane(1) + packet_lane(5);
  const float h2 = packet_lane(2) + packet_lane(6);
  const float h3 = packet_lane(3) + packet_lane(7);
  const float total = tail + ((h0 + h2) + (h1 + h3));
  return total > 0.0F ? sqrtf(total) : total;
}

/// An element of a row (or some) after its norm was limited to `max_norm` >= 0. A NaN norm makes it
/// NaN.
template <class Value>
[[nodiscard]] SEQFEAT_HD Value clip(Value value, float norm, float max_norm) noexcept {
  return (value * max_norm) / (norm <= max_norm ? max_norm : norm);
}

}  // namespace seqfeat
