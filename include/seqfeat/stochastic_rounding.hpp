// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/philox.hpp"

// float32 to a 16-bit type, up or down at random: up with a probability of the fraction that is
// dropped. Small steps then reach a table of 16 bits on average. What is drawn is a function of
// seed, table, row, element and step, and not of the machine. (Rounding to nearest: float_type.hpp)

namespace seqfeat {

namespace detail {

/// Puts the sign of a float's bits in front of the magnitude of 16-bit ones. NaN is 0x7fff.
[[nodiscard]] SEQFEAT_HD constexpr std::uint16_t with_sign(std::uint32_t bits,
                                                           std::uint32_t magnitude) noexcept {
  constexpr std::uint32_t kInfinity = 0x7f800000;
  const std::uint32_t sign = (bits >> 16) & 0x8000;
  return static_cast<std::uint16_t>((bits & 0x7fffffff) > kInfinity ? 0x7fff : sign | magnitude);
}

}  // namespace detail

/// The bfloat16 of the float with these bits, by 32 random bits.
[[nodiscard]] SEQFEAT_HD constexpr std::uint16_t stochastic_bfloat16(
    std::uint32_t bits, std::uint32_t random) noexcept {
  return detail::with_sign(bits, ((bits & 0x7fffffff) + (random & 0xffff)) >> 16);
}

/// The binary16 of the float with these bits, by 32 random bits.
[[nodiscard]] SEQFEAT_HD constexpr std::uint16_t stochastic_float16(std::uint32_t bits,
                                                                    std::uint32_t random) noexcept {
  constexpr std::uint32_t kBias = 112U << 23;
  constexpr std::uint32_t kInfinity = 0x7c00;
  const std::uint32_t magnitude = bits & 0x7fffffff;
  const std::uint32_t field = magnitude >> 23;
  if (field >= 113) {  // a normal binary16, or too large for one
    const std::uint32_t rounded = (magnitude - kBias + (random & 0x1fff)) >> 13;
    return detail::with_sign(bits, rounded < kInfinity ? rounded : kInfinity);
  }
  // A subnormal: the significand in units of 2^-24. Of more than 32 dropped digits the last are
  // forgotten, since there are only 32 random ones.
  const std::uint32_t exponent = field == 0 ? 1 : field;
  const std::uint32_t leading = field == 0 ? 0 : 1U << 23;
  std::uint64_t significand = (magnitude & 0x7fffff) | leading;
  std::uint32_t dropped = 126 - exponent;
  if (dropped > 32) {
    significand = dropped - 32 < 32 ? significand >> (dropped - 32) : 0;
    dropped = 32;
  }
  const std::uint64_t below = random & ((std::uint64_t{1} << dropped) - 1);
  return detail::with_sign(bits, static_cast<std::uint32_t>((significand + below) >> dropped));
}

/// The random words of elements 4 * `quad` ... 4 * `quad` + 3 of a table's row in step `step`;
/// `key` is philox_key(seed, Fingerprint64(the table's name)).
[[nodiscard]] SEQFEAT_HD constexpr PhiloxCounter rounding_words(PhiloxKey key, std::int64_t row,
                                                                std::int64_t quad,
                                                                std::uint32_t step) noexcept {
  const auto index = static_cast<std::uint64_t>(row);
  return philox4x32_10({{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(quad), step,
                         static_cast<std::uint32_t>(index >> 32)}},
                       key);
}

static_assert(stochastic_bfloat16(0x3f808000, 0x7fff) == 0x3f80);
static_assert(stochastic_bfloat16(0x3f808000, 0x8000) == 0x3f81);
static_assert(stochastic_float16(0x477fffff, 0) == 0x7bff);
static_assert(stochastic_float16(0x477fffff, 1) == 0x7c00);
static_assert(stochastic_float16(0x33000000, ~0U) == 1);  // 2^-25, half of the least subnormal
static_assert(stochastic_float16(0x33000000, 0x007fffff) == 0);

}  // namespace seqfeat
