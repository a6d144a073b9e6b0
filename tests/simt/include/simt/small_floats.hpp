// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

namespace simt {

/// Rounds to the nearest half, ties to even; every NaN becomes 0x7fff, as in CUDA.
constexpr std::uint16_t half_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return 0x7fff;
  // From 65520 on, which lies halfway between the largest half and the next power of two.
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);
  std::uint32_t kept = 0, dropped = 0, halfway = 0;
  if (magnitude >= 0x38800000u) {  // normal: rebias the exponent, drop 13 bits
    kept = (magnitude - 0x38000000u) >> 13;
    dropped = magnitude & 0x1fffu;
    halfway = 0x1000u;
  } else {  // subnormal: the significand, shifted so that one unit is 2^-24
    const std::uint32_t shift = 126 - (magnitude >> 23);
    if (shift > 24) return sign;
    const std::uint32_t significand = (magnitude & 0x7fffffu) | 0x800000u;
    kept = significand >> shift;
    dropped = significand & ((1u << shift) - 1);
    halfway = 1u << (shift - 1);
  }
  if (dropped > halfway || (dropped == halfway && (kept & 1u))) ++kept;
  return static_cast<std::uint16_t>(sign | kept);
}

/// Widens exactly.
constexpr float float_from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = half >> 10 & 31u;
  std::uint32_t significand = half & 0x3ffu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | significand << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | significand << 13);
  const float magnitude = static_cast<float>(significand) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

/// Rounds to the nearest bfloat16, ties to even; every NaN becomes 0x7fff, as in CUDA.
constexpr std::uint16_t bfloat16_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

/// Widens exactly.
constexpr float float_from_bfloat16(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

}  // namespace simt
