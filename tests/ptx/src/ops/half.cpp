// SPDX-License-Identifier: Apache-2.0
#include "ops/half.hpp"

#include <bit>

#include "ops/table.hpp"

namespace ptx {
namespace {

constexpr std::uint32_t kInfinity = 0x7f800000;
constexpr std::uint16_t kNan = 0x7fff;
constexpr std::uint32_t kBias = 127 - 15;  // what the exponents of f32 and f16 differ by

/// Drops the low bits of a magnitude. A carry out of the fraction raises the exponent, as it
/// should.
std::uint32_t drop(std::uint32_t magnitude, std::uint32_t bits, Rounding rounding) {
  if (rounding == Rounding::toward_zero) {
    return magnitude >> bits;
  }
  const std::uint32_t odd = magnitude >> bits & 1;
  return (magnitude + (1U << (bits - 1)) - 1 + odd) >> bits;
}

std::uint32_t f16_magnitude(std::uint32_t magnitude, Rounding rounding) {
  const std::uint32_t exponent = magnitude >> 23;
  if (exponent > kBias) {
    const std::uint32_t rounded = drop(magnitude - (kBias << 23), 13, rounding);
    const std::uint32_t most = rounding == Rounding::nearest_even ? 0x7c00 : 0x7bff;
    return rounded < most ? rounded : most;
  }
  // A subnormal: a multiple of 2^-24.
  const std::uint32_t shift = 13 + (kBias + 1 - exponent);
  if (exponent == 0 || shift > 25) {
    return 0;  // below half of the smallest one
  }
  return drop((magnitude & 0x7fffff) | 0x800000, shift, rounding);
}

template <auto kConvert, Rounding kRounding>
void add_to_half(Table& table, const std::string& opcode) {
  table.add(opcode,
            lanewise<std::uint16_t, float>([](float value) { return kConvert(value, kRounding); }));
}

}  // namespace

std::uint16_t to_f16(float value, Rounding rounding) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > kInfinity) {
    return kNan;
  }
  const std::uint32_t half = magnitude == kInfinity ? 0x7c00 : f16_magnitude(magnitude, rounding);
  return static_cast<std::uint16_t>((bits >> 16 & 0x8000) | half);
}

std::uint16_t to_bf16(float value, Rounding rounding) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > kInfinity) {
    return kNan;
  }
  return static_cast<std::uint16_t>((bits >> 16 & 0x8000) | drop(magnitude, 16, rounding));
}

float from_f16(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = bits >> 10 & 31;
  const std::uint32_t fraction = bits & 1023U;
  if (exponent == 31) {
    return std::bit_cast<float>(fraction != 0 ? 0x7fffffffU : sign | kInfinity);
  }
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + kBias) << 23 | fraction << 13);
}

void add_half(Table& table) {
  add_to_half<to_f16, Rounding::nearest_even>(table, "cvt.rn.f16.f32");
  add_to_half<to_f16, Rounding::toward_zero>(table, "cvt.rz.f16.f32");
  add_to_half<to_bf16, Rounding::nearest_even>(table, "cvt.rn.bf16.f32");
  add_to_half<to_bf16, Rounding::toward_zero>(table, "cvt.rz.bf16.f32");
  table.add("cvt.f32.f16",
            lanewise<float, std::uint16_t>([](std::uint16_t bits) { return from_f16(bits); }));
}

}  // namespace ptx
