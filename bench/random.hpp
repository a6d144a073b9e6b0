// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"

// Random numbers as functions of their position. Host and device compile the same code, so that
// each can make any slice, and both make the same bits.

namespace seqfeat::bench {

/// The `index`-th random number of the sequence `seed`: SplitMix64 (Steele, Lea, Flood, OOPSLA'14)
/// at a position.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t random_bits(std::uint64_t seed,
                                                             std::uint64_t index) noexcept {
  std::uint64_t z = seed * 0xd1342543de82ef95 + (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// Element `index` of the tables: a float in [-1, 1).
///
/// One bit is cleared, because with it the lower half would be a float16 of any exponent: tables
/// of halves are the same bytes.
[[nodiscard]] SEQFEAT_HD constexpr float random_float(std::int64_t index) noexcept {
  const auto bits = static_cast<std::int32_t>(random_bits(7, static_cast<std::uint64_t>(index)));
  const auto value = __builtin_bit_cast(std::uint32_t, static_cast<float>(bits) * 0x1p-31F);
  return __builtin_bit_cast(float, value & ~0x4000U);
}

}  // namespace seqfeat::bench
