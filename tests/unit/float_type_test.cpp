// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/float_type.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace seqfeat::test {
namespace {

/// A format by its numbers, and the functions under test.
struct Format {
  int digits;        // of the significand, the hidden one included
  int min_exponent;  // of normal numbers
  int max_exponent;
  float (*widen)(std::uint16_t);
  std::uint16_t (*round)(float);
};
constexpr Format kFloat16{11, -14, 15, float_from_float16, float16_from_float};
constexpr Format kBFloat16{8, -126, 127, float_from_bfloat16, bfloat16_from_float};

/// What the bits mean, by the definition.
double meaning_of(const Format& format, std::uint16_t bits) {
  const int fraction_bits = format.digits - 1;
  const int exponent = (bits & 0x7fff) >> fraction_bits;
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == format.max_exponent - format.min_exponent + 2) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  const int significand = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
  const int power = std::max(exponent - 1, 0) + format.min_exponent - fraction_bits;
  return sign * std::ldexp(significand, power);
}

/// The nearest number of the format, ties to even: a multiple of the last digit's worth.
double nearest(const Format& format, float value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int exponent = std::max(std::ilogb(value), format.min_exponent);
  const int last_digit = exponent - format.digits + 1;
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -last_digit)), last_digit);
  return std::abs(rounded) < std::ldexp(1.0, format.max_exponent + 1)
             ? rounded
             : std::copysign(std::numeric_limits<double>::infinity(), rounded);
}

void expect_nearest(const Format& format, float value) {
  const std::uint16_t got = format.round(value);
  const double expected = nearest(format, value);
  ASSERT_EQ(std::bit_cast<std::uint64_t>(meaning_of(format, got)),
            std::bit_cast<std::uint64_t>(expected))
      << std::hexfloat << value << " became " << meaning_of(format, got) << ", expected "
      << expected;
}

class FloatTypes : public testing::TestWithParam<Format> {};

TEST_P(FloatTypes, WidensEveryValueExactlyAndRoundsItBack) {
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const double expected = meaning_of(GetParam(), bits);
    const float got = GetParam().widen(bits);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(got)) << i;
      ASSERT_EQ(GetParam().round(got), 0x7fff) << i;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(double{got}), std::bit_cast<std::uint64_t>(expected))
          << i;
      ASSERT_EQ(GetParam().round(got), bits) << i;
    }
  }
}

TEST_P(FloatTypes, RoundsToTheNearestAndTiesToEven) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::uint32_t i = 0; i + 1 < 0x10000; ++i) {
    const float here = GetParam().widen(static_cast<std::uint16_t>(i));
    float next = GetParam().widen(static_cast<std::uint16_t>(i + 1));
    if (!std::isfinite(here)) continue;
    // The largest number rounds up from where the next one would be half way.
    if (!std::isfinite(next))
      next = here + (here - GetParam().widen(static_cast<std::uint16_t>(i - 1)));
    const float middle = here / 2 + next / 2;
    for (const float value : {middle, std::nextafter(middle, -kInfinity),
                              std::nextafter(middle, kInfinity), std::nextafter(here, kInfinity)}) {
      expect_nearest(GetParam(), value);
      if (HasFailure()) return;
    }
  }
}

TEST_P(FloatTypes, RoundsAnyFloatToTheNearest) {
  std::mt19937 random(1);
  for (int i = 0; i < 2'000'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isnan(value)) expect_nearest(GetParam(), value);
    if (HasFailure()) return;
  }
}

TEST_P(FloatTypes, MakesOneNaNOfAllNaNs) {
  for (const std::uint32_t bits : {0x7fc00000U, 0xffc00000U, 0x7f800001U, 0xff800001U, 0x7fffffffU,
                                   0xffffffffU, 0x7f80ffffU}) {
    EXPECT_EQ(GetParam().round(std::bit_cast<float>(bits)), 0x7fff) << bits;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, FloatTypes, testing::Values(kFloat16, kBFloat16),
                         [](const auto& format) {
                           return format.param.digits == 11 ? "float16" : "bfloat16";
                         });

TEST(FloatType, HasASizeAndAName) {
  EXPECT_EQ(size_of(FloatType::float32), 4);
  EXPECT_EQ(size_of(FloatType::float16), 2);
  EXPECT_EQ(size_of(FloatType::bfloat16), 2);
  EXPECT_EQ(to_string(FloatType::float32), "float32");
  EXPECT_EQ(to_string(FloatType::float16), "float16");
  EXPECT_EQ(to_string(FloatType::bfloat16), "bfloat16");
}

}  // namespace
}  // namespace seqfeat::test
