// SPDX-License-Identifier: Apache-2.0
// Conversions, after the chapter on cvt in the PTX ISA manual.
#include <gtest/gtest.h>

#include <cmath>

#include "snippet.hpp"

namespace ptx_test {
namespace {

constexpr std::uint64_t kOnes32 = 0xFFFFFFFF;
constexpr std::uint64_t kOnes64 = ~std::uint64_t{0};
constexpr std::uint64_t kNan = 0x7FC12345;
constexpr std::uint64_t kInfinity = 0x7F800000;
constexpr std::uint64_t kMinus = 0x80000000;

TEST(Convert, IntegersWiden) {
  expect_results("cvt.u32.u16", "b32 b16", {{{0xFFFF}, 0xFFFF}});
  expect_results("cvt.s32.s16", "b32 b16", {{{0xFFFF}, kOnes32}, {{0x7FFF}, 0x7FFF}});
  expect_results("cvt.u64.u32", "b64 b32", {{{kOnes32}, kOnes32}});
  expect_results("cvt.s64.s32", "b64 b32", {{{kOnes32}, kOnes64}, {{0x7FFFFFFF}, 0x7FFFFFFF}});
  expect_results("cvt.u64.u16", "b64 b16", {{{0x8000}, 0x8000}});
  expect_results("cvt.s64.s16", "b64 b16", {{{0x8000}, kOnes64 - 0x7FFF}});
}

TEST(Convert, IntegersNarrow) {
  expect_results("cvt.u16.u32", "b16 b32", {{{0x12345678}, 0x5678}});
  expect_results("cvt.u16.u64", "b16 b64", {{{kOnes64}, 0xFFFF}});
  expect_results("cvt.u32.u64", "b32 b64", {{{0x123456789ABCDEF0}, 0x9ABCDEF0}});
}

TEST(Convert, BytesFillTheirRegister) {
  expect_results("cvt.u16.u8", "b16 b16", {{{0x12FF}, 0xFF}});
  expect_results("cvt.s16.s8", "b16 b16", {{{0x12FF}, 0xFFFF}, {{0x127F}, 0x7F}});
  expect_results("cvt.u32.u8", "b32 b32", {{{0x123456FF}, 0xFF}});
  expect_results("cvt.s32.s8", "b32 b32", {{{0x12345680}, 0xFFFFFF80}});
  expect_results("cvt.s64.s8", "b64 b64", {{{0x80}, kOnes64 - 0x7F}});
  expect_results("cvt.u8.u32", "b32 b32", {{{0x123456FF}, 0xFF}});
  expect_results("cvt.s8.s32", "b32 b32", {{{0x123456FF}, kOnes32}});
}

TEST(Convert, IntegersBecomeTheNearestFloat) {
  expect_results("cvt.rn.f32.u32", "f32 b32",
                 {{{0}, 0},
                  {{1}, 0x3F800000},
                  {{16777217}, 0x4B800000},
                  {{16777219}, 0x4B800002},
                  {{kOnes32}, 0x4F800000}});
  expect_results("cvt.rn.f32.s32", "f32 b32", {{{kOnes32}, 0xBF800000}, {{kMinus}, 0xCF000000}});
  expect_results("cvt.rn.f32.u64", "f32 b64", {{{kOnes64}, 0x5F800000}});
  expect_results(
      "cvt.rn.f32.s64", "f32 b64",
      {{{kOnes64}, 0xBF800000}, {{std::uint64_t{1} << 63}, 0xDF000000}, {{16777217}, 0x4B800000}});
}

TEST(Convert, DoublesBecomeTheNearestFloat) {
  const auto of = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  expect_results("cvt.rn.f32.f64", "f32 f64",
                 {{{of(0.1)}, bits(0.1F)},
                  {{of(-0.0)}, kMinus},
                  {{of(16777217.0)}, bits(16777216.0F)},  // a tie goes to the even one
                  {{of(16777219.0)}, bits(16777220.0F)},
                  {{of(1e-45)}, 1},
                  {{of(1e-46)}, 0},
                  {{of(3.5e38)}, kInfinity},
                  {{of(-1e300)}, kInfinity | kMinus},
                  {{0x7FF0000000000001}, 0x7FFFFFFF},
                  {{0xFFF8000000000000}, 0x7FFFFFFF}});
}

TEST(Convert, FloatsAreCutAndClamped) {
  expect_results("cvt.rzi.u32.f32", "b32 f32",
                 {{{bits(0.0F)}, 0},
                  {{bits(1.99F)}, 1},
                  {{bits(-0.5F)}, 0},
                  {{bits(-7.0F)}, 0},
                  {{bits(4294967040.0F)}, 4294967040},
                  {{bits(4294967296.0F)}, kOnes32},
                  {{kInfinity}, kOnes32},
                  {{kInfinity | kMinus}, 0},
                  {{kNan}, 0}});
  expect_results("cvt.rzi.s32.f32", "b32 f32",
                 {{{bits(-1.99F)}, kOnes32},
                  {{bits(2147483648.0F)}, 0x7FFFFFFF},
                  {{bits(-2147483648.0F)}, kMinus},
                  {{bits(-3e9F)}, kMinus},
                  {{kNan}, 0}});
  expect_results("cvt.rzi.u64.f32", "b64 f32",
                 {{{bits(0x1p63F)}, std::uint64_t{1} << 63},
                  {{bits(0x1p64F)}, kOnes64},
                  {{bits(-1.0F)}, 0},
                  {{kNan}, std::uint64_t{1} << 63}});
  expect_results("cvt.rzi.s64.f32", "b64 f32",
                 {{{bits(-1.5F)}, kOnes64},
                  {{bits(0x1p63F)}, kOnes64 >> 1},
                  {{kNan}, std::uint64_t{1} << 63}});
}

/// The value of an f16 or bf16 as a float: a format has one number, so this needs no rounding.
float value_of(std::uint64_t half, int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const auto fraction = static_cast<int>(half & ((1U << fraction_bits) - 1));
  const auto exponent = static_cast<int>(half >> fraction_bits & ((1U << exponent_bits) - 1));
  const int significand = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
  const float magnitude =
      std::ldexp(static_cast<float>(significand), std::max(exponent, 1) - bias - fraction_bits);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

/// Cases around every finite number of a format: the number, the middle to the next one and its two
/// neighbours. All in f32 are exact.
std::vector<Case> around(int exponent_bits, bool to_nearest) {
  const std::uint64_t infinity = ((1U << exponent_bits) - 1) << (15 - exponent_bits);
  std::vector<Case> cases;
  for (std::uint64_t half = 0; half + 1 < infinity;
       half += half < 40 || half > infinity - 40 ? 1 : 37) {
    const float here = value_of(half, exponent_bits);
    const float next = value_of(half + 1, exponent_bits);
    const float middle = here + (next - here) / 2;
    const std::uint64_t even = half + half % 2;
    cases.push_back({{bits(here)}, half});
    cases.push_back({{bits(std::nextafter(middle, 0.0F))}, half});
    cases.push_back({{bits(middle)}, to_nearest ? even : half});
    cases.push_back({{bits(std::nextafter(middle, next))}, to_nearest ? half + 1 : half});
    cases.push_back({{bits(-here)}, half | 0x8000});
  }
  return cases;
}

TEST(Convert, FloatsBecomeF16) {
  expect_results("cvt.rn.f16.f32", "b16 f32", around(5, true));
  expect_results("cvt.rz.f16.f32", "b16 f32", around(5, false));
  expect_results("cvt.rn.f16.f32", "b16 f32",
                 {{{bits(65519.0F)}, 0x7BFF},
                  {{bits(65520.0F)}, 0x7C00},
                  {{bits(1e10F)}, 0x7C00},
                  {{kInfinity}, 0x7C00},
                  {{kInfinity | kMinus}, 0xFC00},
                  {{kNan}, 0x7FFF},
                  {{kNan | kMinus}, 0x7FFF},
                  {{kMinus}, 0x8000},
                  {{1}, 0}});
  expect_results("cvt.rz.f16.f32", "b16 f32",
                 {{{bits(1e10F)}, 0x7BFF}, {{kInfinity}, 0x7C00}, {{kNan}, 0x7FFF}});
}

TEST(Convert, FloatsBecomeBf16) {
  expect_results("cvt.rn.bf16.f32", "b16 f32", around(8, true));
  expect_results("cvt.rz.bf16.f32", "b16 f32", around(8, false));
  expect_results("cvt.rn.bf16.f32", "b16 f32",
                 {{{0x7F7FFFFF}, 0x7F80},
                  {{kInfinity}, 0x7F80},
                  {{kNan}, 0x7FFF},
                  {{kNan | kMinus}, 0x7FFF},
                  {{0x7F800001}, 0x7FFF},
                  {{kMinus}, 0x8000}});
  expect_results("cvt.rz.bf16.f32", "b16 f32", {{{0x7F7FFFFF}, 0x7F7F}, {{kNan}, 0x7FFF}});
}

TEST(Convert, EveryF16BecomesItsFloat) {
  std::vector<Case> cases;
  for (std::uint64_t half = 0; half < 0x10000; half += half % 0x400 < 8 ? 1 : 29) {
    if ((half & 0x7C00) != 0x7C00) {
      cases.push_back({{half}, bits(value_of(half, 5))});
    }
  }
  cases.insert(cases.end(), {{{0x7C00}, kInfinity},
                             {{0xFC00}, kInfinity | kMinus},
                             {{0x7C01}, 0x7FFFFFFF},
                             {{0xFE00}, 0x7FFFFFFF}});
  expect_results("cvt.f32.f16", "f32 b16", cases);
}

}  // namespace
}  // namespace ptx_test
