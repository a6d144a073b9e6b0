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

namespace detail {

// The conversions without branches, for an int32 and a float or for vectors of them.

/// `a` where `test` is negative, else `b`.
template <class Int>
[[nodiscard]] constexpr Int if_negative(Int test, Int a, Int b) noexcept {
  const Int mask = test >> 31;
  return (a & mask) | (b & ~mask);
}

template <class Float, class Int>
[[nodiscard]] constexpr Float widened_float16(Int bits) noexcept {
  constexpr std::int32_t kBias = (127 - 15) << 23;
  constexpr auto kHalf = std::bit_cast<std::int32_t>(0.5F);
  const Int magnitude = bits & 0x7fff;
  // Twice the bias takes the exponent of infinities and NaNs to its place.
  const Int special = ~((magnitude - 0x7c00) >> 31) & kBias;
  const Int normal = (magnitude << 13) + kBias + special;
  // The last digit of 1/2 is worth 2^-24, as that of a subnormal is.
  const auto subnormal = std::bit_cast<Int>(std::bit_cast<Float>(magnitude + kHalf) - 0.5F);
  const Int number = if_negative(magnitude - 0x400, subnormal, normal);
  return std::bit_cast<Float>(((bits & 0x8000) << 16) | number);
}

template <class Float, class Int>
[[nodiscard]] constexpr Int rounded_to_float16(Float value) noexcept {
  constexpr std::int32_t kBias = (127 - 15) << 23;
  constexpr std::int32_t kLeastNormal = kBias + (1 << 23);
  // 65520, which lies halfway between the largest binary16 and the next power of two.
  constexpr std::int32_t kTooLarge = 0x477ff000;
  constexpr auto kHalf = std::bit_cast<std::int32_t>(0.5F);
  const Int bits = std::bit_cast<Int>(value);
  const Int magnitude = bits & 0x7fffffff;
  const Int normal = (magnitude - kBias + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  const Int small = (magnitude - kLeastNormal) >> 31;
  const auto subnormal = std::bit_cast<Int>(std::bit_cast<Float>(magnitude & small) + 0.5F) - kHalf;
  const Int finite = if_negative(small, subnormal, normal);
  const Int number = if_negative(magnitude - kTooLarge, finite, (magnitude & 0) | 0x7c00);
  const Int nan = (0x7f800000 - magnitude) >> 31;
  return ((((bits >> 16) & 0x8000) | number) & ~nan) | (nan & 0x7fff);
}

template <class Float, class Int>
[[nodiscard]] constexpr Int rounded_to_bfloat16(Float value) noexcept {
  const Int bits = std::bit_cast<Int>(value);
  const Int magnitude = bits & 0x7fffffff;
  const Int nan = (0x7f800000 - magnitude) >> 31;
  const Int number = magnitude & ~nan;
  const Int nearest = (number + 0x7fff + ((number >> 16) & 1)) >> 16;
  return ((((bits >> 16) & 0x8000) | nearest) & ~nan) | (nan & 0x7fff);
}

}  // namespace detail

/// The value of a binary16.
[[nodiscard]] constexpr float float_from_float16(std::uint16_t bits) noexcept {
  return detail::widened_float16<float>(std::int32_t{bits});
}

/// The value of a bfloat16.
[[nodiscard]] constexpr float float_from_bfloat16(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// The nearest binary16, ties to even; every NaN becomes 0x7fff, as CUDA's conversion has it.
[[nodiscard]] constexpr std::uint16_t float16_from_float(float value) noexcept {
  return static_cast<std::uint16_t>(detail::rounded_to_float16<float, std::int32_t>(value));
}

/// The nearest bfloat16, likewise.
[[nodiscard]] constexpr std::uint16_t bfloat16_from_float(float value) noexcept {
  return static_cast<std::uint16_t>(detail::rounded_to_bfloat16<float, std::int32_t>(value));
}

static_assert(float_from_float16(0x3555) == 0x1.554p-2F && float_from_float16(1) == 0x1p-24F);
static_assert(float16_from_float(65519.0F) == 0x7bff && float16_from_float(65520.0F) == 0x7c00);
static_assert(float16_from_float(0x1p-25F) == 0 && float16_from_float(0x1.8p-24F) == 2);
static_assert(bfloat16_from_float(0x1.01p0F) == 0x3f80 && bfloat16_from_float(0x1.03p0F) == 0x3f82);

}  // namespace seqfeat
