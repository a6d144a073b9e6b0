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
  const std::int64_t leading = rest < 2 ? rest + 8 : rest;
  return n < leading ? n : leading;
}

// In what follows `row(i)` is one element of the i-th row of a step, or some that stand side by
// side: a float, or a value with element-wise + and with * and / by a float. It may also be a value
// as it is stored, of which unary + makes one to calculate with.

/// Eight rows from `first` on, added in order; all are asked for before the first addition, so that
/// eight loads are in flight.
template <class Row>
[[nodiscard]] SEQFEAT_HD auto sum_of_eight(std::int64_t first, const Row& row) {
  decltype(row(first)) rows[8];  // NOLINT(modernize-avoid-c-arrays): std::array is for the host
  for (int j = 0; j < 8; ++j) rows[j] = row(first + j);
  auto sum = +rows[0];
  for (int j = 1; j < 8; ++j) sum = sum + +rows[j];
  return sum;
}

/// The first `n` <= 8 of the rows, likewise. A Row with a member `kAllAtOnce` is asked for eight of
/// them in any case, for the last one again and again, so that no branch stands between the loads.
template <class Row>
[[nodiscard]] SEQFEAT_HD auto sum_of_up_to_eight(int n, const Row& row) {
  decltype(row(0)) rows[8];  // NOLINT(modernize-avoid-c-arrays): likewise
  for (int j = 0; j < 8; ++j) {
    if constexpr (requires { Row::kAllAtOnce; }) {
      rows[j] = row(j < n ? j : n - 1);
    } else if (j < n) {
      rows[j] = row(j);
    }
  }
  auto sum = +rows[0];
  for (int j = 1; j < 8; ++j) {
    if (j < n) sum = sum + +rows[j];
  }
  return sum;
}

/// The first `leading` <= 9 rows, added in order.
template <class Row>
[[nodiscard]] SEQFEAT_HD auto sum_of_leading(int leading, const Row& row) {
  auto total = sum_of_up_to_eight(leading, row);
  if (leading > 8) total = total + +row(8);
  return total;
}

/// The sum of `n` >= 2 rows becomes what the combiner wants: up to nine rows are multiplied by the
/// rounded reciprocal of the divisor, more are truly divided.
template <class Value>
[[nodiscard]] SEQFEAT_HD Value finish_sum(Combiner combiner, std::int64_t n, const Value& total) {
  if (combiner == Combiner::sum) return total;
  const float divisor = divisor_of(combiner, n);
  return n < 10 ? total * (1.0F / divisor) : total / divisor;
}

/// A step's vector, or a part of it. No rows give 0, one row is copied. Of more the leading rows
/// are added in order, and each further block of eight is summed by itself before it is added.
template <class Row>
[[nodiscard]] SEQFEAT_HD auto combine(Combiner combiner, std::int64_t n, const Row& row) {
  using Value = decltype(+row(n));
  if (n <= 0) return Value{};
  if (n == 1) return Value(+row(0));
  const std::int64_t leading = leading_rows(n);
  Value total = sum_of_leading(static_cast<int>(leading), row);
  for (std::int64_t i = leading; i < n; i += 8) total = total + sum_of_eight(i, row);
  return finish_sum(combiner, n, total);
}

/// The share of lane `lane` (of 32) in a row's sum of squares: elements lane, lane + 32, … of the
/// part of the row that is a whole multiple of 32. A value is a float, or some: of rows side by
/// side, or of neighbouring lanes, of which `lane` is the first.
template <class Value = float, class Element>
[[nodiscard]] SEQFEAT_HD Value squares_of_lane(int lane, std::int64_t dim, const Element& element) {
  Value sum{};
  for (std::int64_t d = lane; d < (dim & ~std::int64_t{31}); d += 32) {
    const Value v = element(d);
    sum = sum + v * v;
  }
  return sum;
}

/// Lane `l` (of 8) of the packet to which a row's four packets of lanes and the whole packets of
/// the rest are added up. `lane_sum(l)` is the share of lane l of 32.
template <class Element, class LaneSum>
[[nodiscard]] SEQFEAT_HD float packet_lane(int l, std::int64_t dim, const Element& element,
                                           const LaneSum& lane_sum) {
  float sum = lane_sum(l);
  for (int q = 8; q < 32; q += 8) sum = sum + lane_sum(l + q);
  for (std::int64_t d = (dim & ~std::int64_t{31}) + l; d < (dim & ~std::int64_t{7}); d += 8) {
    const float v = element(d);
    sum = sum + v * v;
  }
  return sum;
}

/// The norm of a row from the eight lanes of that packet, to which its last elements are added, in
/// order.
template <class Element, class PacketLane>
[[nodiscard]] SEQFEAT_HD float norm_from_packet(std::int64_t dim, const Element& element,
                                                const PacketLane& packet) {
  float tail = 0.0F;
  for (std::int64_t d = dim & ~std::int64_t{7}; d < dim; ++d) {
    const float v = element(d);
    tail = tail + v * v;
  }
  const float h0 = packet(0) + packet(4);
  const float h1 = packet(1) + packet(5);
  const float h2 = packet(2) + packet(6);
  const float h3 = packet(3) + packet(7);
  const float total = tail + ((h0 + h2) + (h1 + h3));
  return total > 0.0F ? sqrtf(total) : total;
}

/// The norm of a row from its 32 lanes' shares.
template <class Element, class LaneSum>
[[nodiscard]] SEQFEAT_HD float norm_from_lanes(std::int64_t dim, const Element& element,
                                               const LaneSum& lane_sum) {
  return norm_from_packet(dim, element,
                          [&](int l) { return packet_lane(l, dim, element, lane_sum); });
}

/// An element of a row (or some) after its norm was limited to `max_norm` >= 0. A NaN norm makes it
/// NaN.
template <class Value>
[[nodiscard]] SEQFEAT_HD Value clip(Value value, float norm, float max_norm) noexcept {
  return (value * max_norm) / (norm <= max_norm ? max_norm : norm);
}

}  // namespace seqfeat
