// SPDX-License-Identifier: Apache-2.0
// Arithmetic of f32. The expected bits are written down or come from integers, not from the host's
// floating-point unit, wherever rounding decides.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

constexpr std::uint64_t kOne = 0x3F800000;
constexpr std::uint64_t kTwo = 0x40000000;
constexpr std::uint64_t kThree = 0x40400000;
constexpr std::uint64_t kZero = 0;
constexpr std::uint64_t kMinusZero = 0x80000000;
constexpr std::uint64_t kInfinity = 0x7F800000;
constexpr std::uint64_t kMinusInfinity = 0xFF800000;
constexpr std::uint64_t kMost = 0x7F7FFFFF;
constexpr std::uint64_t kTiny = 1;              // the smallest subnormal number
constexpr std::uint64_t kHalfUlp = 0x33800000;  // 2^-24: half a unit in the last place of 1
constexpr std::uint64_t kNan = 0x7FC12345;      // one of the host's
constexpr std::uint64_t kCanonical = 0x7FFFFFFF;

TEST(Float, SumsRoundToNearestEven) {
  for (const char* const opcode : {"add.f32", "add.rn.f32"}) {
    expect_results(opcode, "f32 f32 f32",
                   {{{kOne, kTwo}, kThree},
                    {{kOne, kHalfUlp}, kOne},          // a tie, down to even
                    {{kOne + 1, kHalfUlp}, kOne + 2},  // a tie, up to even
                    {{kOne, kHalfUlp + 1}, kOne + 1},
                    {{kTiny, kTiny}, 2},  // subnormal numbers stay
                    {{kMost, kMost}, kInfinity},
                    {{kMinusZero, kZero}, kZero},
                    {{kInfinity, kMinusInfinity}, kCanonical},
                    {{kNan, kOne}, kCanonical}});
  }
}

TEST(Float, Differences) {
  for (const char* const opcode : {"sub.f32", "sub.rn.f32"}) {
    expect_results(opcode, "f32 f32 f32",
                   {{{kThree, kTwo}, kOne},
                    {{kOne, kOne}, kZero},
                    {{kInfinity, kInfinity}, kCanonical},
                    {{kTiny, 2}, kMinusZero | kTiny}});
  }
}

TEST(Float, Products) {
  for (const char* const opcode : {"mul.f32", "mul.rn.f32"}) {
    expect_results(opcode, "f32 f32 f32",
                   {{{kOne, kThree}, kThree},
                    {{kOne + 1, kOne + 1}, kOne + 2},  // (1 + u)^2 = 1 + 2u + u^2
                    {{0x00800000, 0x3F000000}, 0x00400000},
                    {{kZero, kInfinity}, kCanonical},
                    {{kMinusZero, kThree}, kMinusZero},
                    {{kMost, kTwo}, kInfinity}});
  }
}

TEST(Float, FusedProductsAndSumsRoundOnce) {
  // (1 + u)^2 - (1 + 2u) = u^2, which two roundings would make 0.
  expect_results("fma.rn.f32", "f32 f32 f32 f32",
                 {{{kOne + 1, kOne + 1, (kOne + 2) | kMinusZero}, 0x28800000},
                  {{kTwo, kThree, kOne}, 0x40E00000},
                  {{kZero, kInfinity, kOne}, kCanonical}});
}

TEST(Float, QuotientsAndRootsAreCorrectlyRounded) {
  expect_results("div.rn.f32", "f32 f32 f32",
                 {{{kOne, kThree}, 0x3EAAAAAB},
                  {{kOne, kZero}, kInfinity},
                  {{kOne, kMinusZero}, kMinusInfinity},
                  {{kZero, kZero}, kCanonical},
                  {{kTiny, kTwo}, kZero},
                  {{kThree, kInfinity}, kZero}});
  expect_results("rcp.rn.f32", "f32 f32",
                 {{{kThree}, 0x3EAAAAAB},
                  {{kZero}, kInfinity},
                  {{kInfinity}, kZero},
                  {{kNan}, kCanonical},
                  {{kMost}, 0x00200000}});
  expect_results("sqrt.rn.f32", "f32 f32",
                 {{{kTwo}, 0x3FB504F3},
                  {{kMinusZero}, kMinusZero},
                  {{kOne | kMinusZero}, kCanonical},
                  {{kInfinity}, kInfinity},
                  {{kTiny}, 0x1A3504F3}});
}

TEST(Float, MinimumAndMaximumPassOverNan) {
  expect_results("min.f32", "f32 f32 f32",
                 {{{kOne, kTwo}, kOne},
                  {{kNan, kTwo}, kTwo},
                  {{kOne, kNan}, kOne},
                  {{kNan, kNan}, kCanonical},
                  {{kZero, kMinusZero}, kMinusZero},
                  {{kMinusZero, kZero}, kMinusZero},
                  {{kMinusInfinity, kOne}, kMinusInfinity}});
  expect_results("max.f32", "f32 f32 f32",
                 {{{kOne, kTwo}, kTwo},
                  {{kNan, kTwo}, kTwo},
                  {{kOne, kNan}, kOne},
                  {{kNan, kNan}, kCanonical},
                  {{kZero, kMinusZero}, kZero},
                  {{kMinusZero, kZero}, kZero}});
  expect_results("min.NaN.f32", "f32 f32 f32", {{{kNan, kTwo}, kCanonical}, {{kOne, kTwo}, kOne}});
  expect_results("max.NaN.f32", "f32 f32 f32", {{{kOne, kNan}, kCanonical}, {{kOne, kTwo}, kTwo}});
}

TEST(Float, Signs) {
  expect_results("neg.f32", "f32 f32", {{{kOne}, kOne | kMinusZero}, {{kZero}, kMinusZero}});
  expect_results("abs.f32", "f32 f32", {{{kOne | kMinusZero}, kOne}, {{kMinusZero}, kZero}});
}

}  // namespace
}  // namespace ptx_test
