// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/combine.hpp"
#include "seqfeat/detail/hd.hpp"

// What the gradient of a table's row is: the backward half of combine.hpp. Every value of a batch
// contributes to the row of its id; contributions are added in an order that the batch alone
// decides, and max_norm is differentiated once, on the sum. update_rule.hpp takes the gradient.
// To be compiled without contraction of a * b + c (-ffp-contract=off, -fmad=false).

namespace seqfeat {

/// By what the gradient of a step's vector is scaled to become the contribution of one of the
/// step's `n` >= 1 values that have rows: a factor if positive, a divisor if negative (the same
/// product or quotient that the forward pass takes of the sum).
[[nodiscard]] SEQFEAT_HD inline float contribution_scale(Combiner combiner,
                                                         std::int64_t n) noexcept {
  if (n == 1 || combiner == Combiner::sum) return 1.0F;
  const float divisor = divisor_of(combiner, n);
  return is_divided(n) ? -divisor : 1.0F / divisor;
}

/// The same of a value that has a weight: always a factor, and any number.
[[nodiscard]] SEQFEAT_HD inline float contribution_scale(Combiner combiner,
                                                         const ValueWeight& value) noexcept {
  return combiner == Combiner::sum ? value.weight : value.weight / value.divisor;
}

/// A contribution: the gradient under its scale. A scale of 1 keeps all bits. `is_factor()` is
/// asked of scales that are not positive: whether the value has a weight.
template <class Value, class IsFactor>
[[nodiscard]] SEQFEAT_HD Value contribution(const Value& gradient, float scale,
                                            const IsFactor& is_factor) {
  return scale > 0.0F || is_factor() ? gradient * scale : gradient / -scale;
}

/// The gradient of a value's weight, a sum of products over the elements of its row as it was
/// looked up: what the row adds to the step's vector, and, where the weights divide it, that the
/// others then count less.
struct WeightGradient {
  Combiner combiner;
  ValueWeight value;

  /// Of an element of the row, of the step's combined vector and of that vector's gradient.
  [[nodiscard]] SEQFEAT_HD float product(float row, float combined, float gradient) const noexcept {
    if (combiner == Combiner::sum) return row * gradient;
    const float scale = combiner == Combiner::sqrtn ? value.weight / value.divisor : 1.0F;
    return (row - combined * scale) * gradient;
  }
  /// The gradient from the sum of products (sum_of_products).
  [[nodiscard]] SEQFEAT_HD float finish(float sum) const noexcept {
    return combiner == Combiner::sum ? sum : sum / value.divisor;
  }
};

/// How many contributions, or sums of them, make a block.
inline constexpr int kBlockOfContributions = 8;

/// Sums contributions that come one by one, in blocks of eight: each block from its first member
/// on, one by one. The sums of blocks are contributions again, until one is left.
///
/// Parts   The sum of 8^k contributions that begin at a multiple of 8^k is a sum of level k. So a
///         long run may be cut into such parts: the sum of their sums, in order, has the same bits.
/// Levels  8^Levels contributions and more do not fit.
template <class Value, unsigned Levels = 11>
class BlockSums {
 public:
  SEQFEAT_HD void add(Value sum) {
    int level = 0;
    for (std::uint64_t rest = count_;; rest >>= 3, ++level) {
      const auto members = static_cast<int>(rest & 7);
      if (members != 0) sum = sums_[level] + sum;
      if (members != kBlockOfContributions - 1) break;
    }
    sums_[level] = sum;
    ++count_;
  }

  /// The sum of all contributions, of which there must have been one.
  [[nodiscard]] SEQFEAT_HD Value total() const {
    int level = 0;
    std::uint64_t rest = count_;
    for (; (rest & 7) == 0; rest >>= 3) ++level;
    Value sum = sums_[level];
    for (rest >>= 3, ++level; rest != 0; rest >>= 3, ++level) {
      if ((rest & 7) != 0) sum = sums_[level] + sum;
    }
    return sum;
  }

 private:
  std::uint64_t count_ = 0;
  Value sums_[Levels];  // NOLINT(modernize-avoid-c-arrays): of the open block of each level
};

/// The sum of products a[d] * b[d] over a row, in the order of a row's norm: `product(d)` is a
/// float.
template <class Product>
[[nodiscard]] SEQFEAT_HD float sum_of_products(std::int64_t dim, const Product& product) {
  return sum_from_lanes(dim, product,
                        [&](int lane) { return products_of_lane<float>(lane, dim, product); });
}

/// The derivative of max_norm at one row.
struct MaxNormGradient {
  bool clips = false;  ///< Else the gradient of the row as it was looked up is that of the row.
  float max_norm = 0.0F;
  float norm = 0.0F;
  float along = 0.0F;  ///< How much of the row itself is taken away.

  /// `norm` is the row's as the forward pass has it (`root_of_squares`), `product` the sum of
  /// products of gradient and row. A tie counts as clipped, and so does NaN.
  [[nodiscard]] SEQFEAT_HD static MaxNormGradient at(float max_norm, float norm,
                                                     float product) noexcept {
    if (norm < max_norm) return {};
    return {true, max_norm, norm, (max_norm * product) / (norm * norm)};
  }

  /// An element of the gradient, of which `value` is the row's element. Only where it clips.
  template <class Value>
  [[nodiscard]] SEQFEAT_HD Value through(const Value& gradient, const Value& value) const {
    return (gradient * max_norm - value * along) / norm;
  }
};

}  // namespace seqfeat
