// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "seqfeat/detail/hd.hpp"

namespace seqfeat {

/// The type of a feature's values: tokens are strings or integers; numbers are floats.
enum class DType : std::uint8_t {
  string,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64
};

/// True for the floating-point types, whose values are numbers and no tokens.
[[nodiscard]] SEQFEAT_HD constexpr bool is_float(DType dtype) noexcept {
  return dtype >= DType::float32;
}

/// True for the integer types.
[[nodiscard]] SEQFEAT_HD constexpr bool is_integer(DType dtype) noexcept {
  return dtype != DType::string && !is_float(dtype);
}

/// True for the unsigned integer types.
[[nodiscard]] SEQFEAT_HD constexpr bool is_unsigned(DType dtype) noexcept {
  return dtype >= DType::uint8 && !is_float(dtype);
}

/// Bytes of one value; 1 for `string`, whose values are counted in bytes.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t size_of(DType dtype) noexcept {
  if (dtype == DType::string) return 1;
  if (is_float(dtype)) return dtype == DType::float32 ? 4 : 8;
  const int first = static_cast<int>(is_unsigned(dtype) ? DType::uint8 : DType::int8);
  return std::int64_t{1} << (static_cast<int>(dtype) - first);
}

/// The largest int64 that an integer type holds; uint64 holds larger numbers too.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t largest_of(DType dtype) noexcept {
  const std::int64_t bits = 8 * size_of(dtype) - (is_unsigned(dtype) ? 0 : 1);
  return static_cast<std::int64_t>(~std::uint64_t{0} >> (bits < 63 ? 64 - bits : 1));
}

/// The least int64 that an integer type holds.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t least_of(DType dtype) noexcept {
  return is_unsigned(dtype) ? 0 : -largest_of(dtype) - 1;
}

/// "string", "int8" … "uint64", "float32", "float64".
[[nodiscard]] std::string_view to_string(DType dtype) noexcept;

/// The type of that name, or nothing.
[[nodiscard]] std::optional<DType> dtype_from(std::string_view name) noexcept;

/// Value `i` of integers of type `dtype` at `data`, widened; unsigned ones as their bits.
[[nodiscard]] SEQFEAT_HD inline std::int64_t integer_at(const void* data, DType dtype,
                                                        std::int64_t i) noexcept {
  switch (dtype) {
    case DType::int8:
      return static_cast<const std::int8_t*>(data)[i];
    case DType::int16:
      return static_cast<const std::int16_t*>(data)[i];
    case DType::int32:
      return static_cast<const std::int32_t*>(data)[i];
    case DType::uint8:
      return static_cast<const std::uint8_t*>(data)[i];
    case DType::uint16:
      return static_cast<const std::uint16_t*>(data)[i];
    case DType::uint32:
      return static_cast<const std::uint32_t*>(data)[i];
    default:
      return static_cast<const std::int64_t*>(data)[i];
  }
}

/// Number `i` of floats of type `dtype` at `data`, rounded to float32.
[[nodiscard]] SEQFEAT_HD inline float float_at(const void* data, DType dtype,
                                               std::int64_t i) noexcept {
  return dtype == DType::float64 ? static_cast<float>(static_cast<const double*>(data)[i])
                                 : static_cast<const float*>(data)[i];
}

static_assert(size_of(DType::float32) == 4 && size_of(DType::float64) == 8);
static_assert(!is_unsigned(DType::float32) && !is_integer(DType::float64));
static_assert(size_of(DType::int8) == 1 && size_of(DType::int64) == 8);
static_assert(least_of(DType::int8) == -128 && largest_of(DType::int8) == 127);
static_assert(least_of(DType::uint32) == 0 && largest_of(DType::uint32) == 0xffffffff);
static_assert(size_of(DType::uint16) == 2 && size_of(DType::uint64) == 8);

}  // namespace seqfeat
