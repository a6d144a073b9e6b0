// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/fingerprint.hpp"

// The cross of several features' values: TensorFlow's `sparse_cross`, as its `crossed_column` uses
// it. A step in which operand k has n_k values has n_0 * n_1 * ... crossed values, the last
// operand's being the fastest; if one of them has none, so has the cross.

namespace seqfeat {

/// What TensorFlow begins to hash with where it is told nothing, or 0.
inline constexpr std::uint64_t kDefaultCrossKey = 0xDECAFCAFFE;

/// TensorFlow's `FingerprintCat64`: the fingerprint of two that stand one behind the other.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t fingerprint_cat64(std::uint64_t a,
                                                                   std::uint64_t b) noexcept {
  constexpr std::uint64_t kMul = 0xc6a4a7935bd1e995;
  std::uint64_t hash = a ^ kMul;
  hash ^= farm::shift_mix(b * kMul) * kMul;
  hash *= kMul;
  hash = farm::shift_mix(hash) * kMul;
  return farm::shift_mix(hash);
}

namespace detail {

/// a / b of numbers >= 0, b > 0, bit by bit: quotients are places in a step, of few bits, and a
/// device has no instruction that divides.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t quotient(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t bit = 1;
  for (; b <= a >> 1; b <<= 1) bit <<= 1;
  std::int64_t found = 0;
  for (; bit > 0; bit >>= 1, b >>= 1) {
    if (b > a) continue;
    a -= b;
    found += bit;
  }
  return found;
}

}  // namespace detail

/// The hash of one of the `count` crossed values of a step: the one at `place`, counted from 0.
/// Its digits, one an operand, say which values it is of: `size(k)` is how many operand k has in
/// the step, `value(k, i)` the 64 bits of the i-th of them: of a string its Fingerprint64, of an
/// integer its own. `hash` is what hashing begins with.
///
/// Sizes whose product is not `count` give some hash, of values inside their operands.
template <class Size, class Value>
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t crossed_hash(std::uint64_t hash,
                                                              std::int64_t operands,
                                                              std::int64_t count,
                                                              std::int64_t place, const Size& size,
                                                              const Value& value) noexcept {
  for (std::int64_t k = 0; k < operands; ++k) {
    const std::int64_t here = size(k);
    if (here <= 0) return hash;
    count = detail::quotient(count, here);
    if (count < 1) count = 1;
    const std::int64_t i = detail::quotient(place, count);
    place -= i * count;
    hash = fingerprint_cat64(hash, value(k, i < here ? i : here - 1));
  }
  return hash;
}

static_assert(detail::quotient(7, 2) == 3 && detail::quotient(1LL << 40, 1LL << 33) == 128);
static_assert(detail::quotient(0, 3) == 0 && detail::quotient(2, 3) == 0);
static_assert(detail::quotient(INT64_MAX, 1) == INT64_MAX);
static_assert(detail::quotient(INT64_MAX, INT64_MAX) == 1);

}  // namespace seqfeat
