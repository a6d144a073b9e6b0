// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "seqfeat/detail/hd.hpp"

// The types in which tables and outputs are stored. All arithmetic is in float32: elements are
// widened exactly when they are read and rounded once, to nearest even, when they are written.

namespace seqfeat {

/// IEEE binary32, IEEE binary16, or the upper half of a binary32.
enum class FloatType : std::uint8_t { float32, float16, bfloat16 };

/// Bytes of one element.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t size_of(FloatType type) noexcept {
  return type == FloatType::float32 ? 4 : 2;
}

/// "float32", "float16", "bfloat16".
[[nodiscard]] std::string_view to_string(FloatType type) noexcept;

/// The value of a binary16.
[[nodiscard]] constexpr float float_from_float16(std::uint16_t bits) noexcept {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 31U;
  const std::uint32_t fraction = bits & 0x3ffU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000U | (fraction << 13));
  if (exponent != 0) {
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  }
  const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
  return sign != 0 ? -magnitude : magnitude;
}

/// The value of a bfloat16.
[[nodiscard]] constexpr float float_from_bfloat16(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// The nearest binary16, ties to even; every NaN becomes 0x7fff, as CUDA's conversion has it.
[[nodiscard]] constexpr std::uint16_t float16_from_float(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return 0x7fff;
  // From 65520 on, which lies halfway between the largest binary16 and the next power of two.
  if (magnitude >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);
  if (magnitude < 0x38800000U) {  // subnormal: adding 1/2 leaves units of 2^-24 in the low bits
    const auto units = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F);
    return static_cast<std::uint16_t>(sign | (units - std::bit_cast<std::uint32_t>(0.5F)));
  }
  const std::uint32_t half = 0xfffU + ((magnitude >> 13) & 1U);
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000U + half) >> 13));
}

/// The nearest bfloat16, likewise.
[[nodiscard]] constexpr std::uint16_t bfloat16_from_float(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return 0x7fff;
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

static_assert(float_from_float16(0x3555) == 0x1.554p-2F && float_from_float16(1) == 0x1p-24F);
static_assert(float16_from_float(65519.0F) == 0x7bff && float16_from_float(65520.0F) == 0x7c00);
static_assert(float16_from_float(0x1p-25F) == 0 && float16_from_float(0x1.8p-24F) == 2);
static_assert(bfloat16_from_float(0x1.01p0F) == 0x3f80 && bfloat16_from_float(0x1.03p0F) == 0x3f82);

}  // namespace seqfeat
