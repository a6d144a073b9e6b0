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

/// True if a sum over `n` rows is truly divided; one over less is multiplied by the rounded
/// reciprocal of its divisor.
[[nodiscard]] SEQFEAT_HD constexpr bool is_divided(std::int64_t n) noexcept {
  return n >= 10;
}

/// The sum of `n` >= 2 rows becomes what the combiner wants.
template <class Value>
[[nodiscard]] SEQFEAT_HD Value finish_sum(Combiner combiner, std::int64_t n, const Value& total) {
  if (combiner == Combiner::sum) return total;
  const float divisor = divisor_of(combiner, n);
  return is_divided(n) ? total / divisor : total * (1.0F / divisor);
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

// The rows of a weighted step: each is multiplied by its weight and rounded, and the products are
// added like the rows of any other step. What the combiner divides the sum by is made of the
// weights, added in the same order.

/// True if a value of this weight is left out of its step, as one without a row is.
[[nodiscard]] SEQFEAT_HD constexpr bool leaves_out(Combiner combiner, float weight) noexcept {
  return combiner != Combiner::sum && !(weight > 0.0F);  // also of NaN
}

/// The weight of a value that is not left out, and what the sum over its step is divided by.
struct ValueWeight {
  float weight = 0.0F;
  float divisor = 1.0F;
};

/// A weight as the divisor's sum takes it.
[[nodiscard]] SEQFEAT_HD constexpr float weight_in_divisor(Combiner combiner,
                                                           float weight) noexcept {
  return combiner == Combiner::sqrtn ? weight * weight : weight;
}

/// What the sum over a step is divided by, from the sum of those in the order of `combine`.
[[nodiscard]] SEQFEAT_HD inline float weighted_divisor(Combiner combiner, float sum) noexcept {
  if (combiner == Combiner::sum) return 1.0F;
  return combiner == Combiner::sqrtn ? sqrtf(sum) : sum;
}

/// True if the whole step is left out: its weights, or their squares, are too small for a float.
[[nodiscard]] SEQFEAT_HD constexpr bool leaves_out_step(float divisor) noexcept {
  return divisor == 0.0F;
}

/// The sum of a step's products becomes what the combiner wants.
template <class Value>
[[nodiscard]] SEQFEAT_HD Value finish_weighted(Combiner combiner, float divisor,
                                               const Value& total) {
  return combiner == Combiner::sum ? total : total / divisor;
}

// A sum of products over a row, of two rows' elements or of squares, is added up in 32 lanes first.
// `product(d)` is a float or some: of rows side by side, or of neighbouring lanes.

/// The share of lane `lane` (of 32): products lane, lane + 32, … of the part of the row that is a
/// whole multiple of 32. Where a Value holds neighbouring lanes, `lane` is the first.
template <class Value, class Product>
[[nodiscard]] SEQFEAT_HD Value products_of_lane(int lane, std::int64_t dim,
                                                const Product& product) {
  Value sum{};
  for (std::int64_t d = lane; d < (dim & ~std::int64_t{31}); d += 32) sum = sum + product(d);
  return sum;
}

/// Lane `l` (of 8) of the packet to which the four packets of lanes and the whole packets of the
/// rest are added up. `lane_sum(l)` is the share of lane l of 32. Or, where products are those of
/// eight neighbouring elements, the whole packet, with `l` = 0.
template <class Product, class LaneSum>
[[nodiscard]] SEQFEAT_HD auto packet_of_products(int l, std::int64_t dim, const Product& product,
                                                 const LaneSum& lane_sum) {
  auto sum = lane_sum(l);
  for (int q = 8; q < 32; q += 8) sum = sum + lane_sum(l + q);
  const std::int64_t behind_lanes = (dim & ~std::int64_t{31}) + l;
  for (int packet = 0; packet < 3; ++packet) {  // so that compilers see that there are no more
    if (packet >= (dim >> 3 & 3)) continue;
    sum = sum + product(behind_lanes + std::int64_t{8} * packet);
  }
  return sum;
}

/// The sum from the eight lanes of that packet, to which the last products are added, in order.
template <class Product, class PacketLane>
[[nodiscard]] SEQFEAT_HD float sum_from_packet(std::int64_t dim, const Product& product,
                                               const PacketLane& packet) {
  float tail = 0.0F;
  for (std::int64_t d = dim & ~std::int64_t{7}; d < dim; ++d) tail = tail + product(d);
  const float h0 = packet(0) + packet(4);
  const float h1 = packet(1) + packet(5);
  const float h2 = packet(2) + packet(6);
  const float h3 = packet(3) + packet(7);
  return tail + ((h0 + h2) + (h1 + h3));
}

/// The sum from its 32 lanes' shares.
template <class Product, class LaneSum>
[[nodiscard]] SEQFEAT_HD float sum_from_lanes(std::int64_t dim, const Product& product,
                                              const LaneSum& lane_sum) {
  return sum_from_packet(dim, product,
                         [&](int l) { return packet_of_products(l, dim, product, lane_sum); });
}

/// A row's norm from the sum of its squares; a NaN stays one.
[[nodiscard]] SEQFEAT_HD inline float root_of_squares(float sum) noexcept {
  return sum > 0.0F ? sqrtf(sum) : sum;
}

/// Squares of a row's elements, as products.
template <class Value, class Element>
struct SquaresOf {
  const Element& element;

  [[nodiscard]] SEQFEAT_HD Value operator()(std::int64_t d) const {
    const Value v = element(d);
    return v * v;
  }
};

/// The share of lane `lane` (of 32) in a row's sum of squares.
template <class Value = float, class Element>
[[nodiscard]] SEQFEAT_HD Value squares_of_lane(int lane, std::int64_t dim, const Element& element) {
  return products_of_lane<Value>(lane, dim, SquaresOf<Value, Element>{element});
}

/// Lane `l` (of 8) of the packet of a row's squares.
template <class Element, class LaneSum>
[[nodiscard]] SEQFEAT_HD float packet_lane(int l, std::int64_t dim, const Element& element,
                                           const LaneSum& lane_sum) {
  return packet_of_products(l, dim, SquaresOf<float, Element>{element}, lane_sum);
}

/// The norm of a row from the eight lanes of that packet.
template <class Element, class PacketLane>
[[nodiscard]] SEQFEAT_HD float norm_from_packet(std::int64_t dim, const Element& element,
                                                const PacketLane& packet) {
  return root_of_squares(sum_from_packet(dim, SquaresOf<float, Element>{element}, packet));
}

/// The norm of a row from its 32 lanes' shares.
template <class Element, class LaneSum>
[[nodiscard]] SEQFEAT_HD float norm_from_lanes(std::int64_t dim, const Element& element,
                                               const LaneSum& lane_sum) {
  return root_of_squares(sum_from_lanes(dim, SquaresOf<float, Element>{element}, lane_sum));
}

/// An element of a row (or some) after its norm was limited to `max_norm` >= 0. A NaN norm makes it
/// NaN.
template <class Value>
[[nodiscard]] SEQFEAT_HD Value clip(Value value, float norm, float max_norm) noexcept {
  return (value * max_norm) / (norm <= max_norm ? max_norm : norm);
}

}  // namespace seqfeat
