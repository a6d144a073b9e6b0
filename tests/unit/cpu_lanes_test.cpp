// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#if defined(__x86_64__)
#include <vector>

#include "backend/simd.hpp"
#include "cpu/lanes_avx512.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::cpu::avx512 {
namespace {

SEQFEAT_AVX512 void expect_exact(std::uint64_t divisor, const std::uint64_t* x) {
  std::uint64_t rest[kLanes];
  store(rest, Modulo(divisor)(load(x)));
  for (std::int64_t i = 0; i < kLanes; ++i) {
    ASSERT_EQ(rest[i], x[i] % divisor) << x[i] << " % " << divisor;
  }
}

TEST(ModuloOfLanes, IsExactAroundMultiplesAndPowersOfTwo) {
  if (!detail::available(detail::Simd::avx512)) GTEST_SKIP() << "this machine has no AVX-512";
  test::Rng rng(1);
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  std::vector<std::uint64_t> divisors = {2, 3, 5, 7, 10, 1000, 1000003, kMost >> 1};
  for (int bit = 1; bit < 63; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t d : {power - 1, power, power + 1}) {
      if (d >= 2) divisors.push_back(d);
    }
  }
  for (int i = 0; i < 20000; ++i) divisors.push_back(2 + (rng.integer() >> 1));
  for (const std::uint64_t d : divisors) {
    const std::uint64_t last = kMost / d * d;
    const std::uint64_t some = rng.bits() / d * d;
    const std::uint64_t edges[] = {0,         d - 1,      d,         d + 1,        last - 1, last,
                                   last + 1,  kMost,      some - 1,  some,         some + 1, 1,
                                   2 * d - 1, rng.bits(), kMost - 1, rng.integer()};
    expect_exact(d, edges);
    expect_exact(d, edges + kLanes);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace seqfeat::cpu::avx512
#endif
