// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/modulo.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/random.hpp"

namespace seqfeat {
namespace {

constexpr std::uint64_t kMost = ~std::uint64_t{0};

void expect_exact(std::uint64_t divisor, std::uint64_t x) {
  const auto [quotient, remainder] = FastModulo(divisor).divide(x);
  ASSERT_EQ(quotient, x / divisor) << x << " / " << divisor;
  ASSERT_EQ(remainder, x % divisor) << x << " % " << divisor;
  if (divisor > FastModulo::kMost32) return;
  ASSERT_EQ(FastModulo(divisor).remainder_32(x), x % divisor) << x << " % " << divisor;
}

TEST(FastModulo, IsExactForRandomNumbersOfEveryMagnitude) {
  test::Rng rng(1);
  for (int i = 0; i < 2000000; ++i) {
    const std::uint64_t divisor = rng.integer();
    expect_exact(divisor < 1 ? 1 : divisor, rng.integer());
  }
}

TEST(FastModulo, IsExactAroundMultiplesAndPowersOfTwo) {
  test::Rng rng(2);
  std::vector<std::uint64_t> divisors = {1,    2,       3,          5,         7,    10,
                                         1000, 1000003, kMost >> 1, kMost - 1, kMost};
  for (int bit = 1; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t divisor : {power - 1, power, power + 1}) {
      if (divisor >= 2) divisors.push_back(divisor);
    }
  }
  for (const std::uint64_t divisor : divisors) {
    for (const std::uint64_t x :
         {std::uint64_t{0}, std::uint64_t{1}, divisor - 1, divisor, divisor + 1, kMost, kMost - 1,
          kMost / divisor * divisor, kMost / divisor * divisor - 1, kMost >> 1}) {
      expect_exact(divisor, x);
    }
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t multiple = rng.bits() / divisor * divisor;
      expect_exact(divisor, multiple);
      expect_exact(divisor, multiple - 1);
      expect_exact(divisor, multiple + divisor - 1);
    }
  }
}

}  // namespace
}  // namespace seqfeat
