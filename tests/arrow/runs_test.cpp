// SPDX-License-Identifier: Apache-2.0
#include "arrow/runs.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/at_the_edge.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::test {
namespace {

TEST(ArrowRuns, FindsTheNextBitAndReadsNoByteBeyond) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    const std::int64_t count = rng.between(1, 300);
    const bool most = rng.once_in(2);
    std::string bytes(static_cast<std::size_t>((count + 7) / 8), most ? '\xff' : '\0');
    const auto bit = [&](std::int64_t i) {
      return (bytes[static_cast<std::size_t>(i / 8)] >> i % 8 & 1) != 0;
    };
    for (int n = 0; n < 2; ++n) {
      const std::int64_t i = rng.between(0, count - 1);
      bytes[static_cast<std::size_t>(i / 8)] =
          static_cast<char>(bytes[static_cast<std::size_t>(i / 8)] ^ 1 << i % 8);
    }
    const AtTheEdge bits(bytes.data(), bytes.size());
    for (std::int64_t begin = 0; begin <= count; ++begin) {
      for (const bool wanted : {false, true}) {
        std::int64_t next = begin;
        while (next < count && bit(next) != wanted) ++next;
        ASSERT_EQ(detail::next_bit(bits.begin(), begin, count, wanted), next) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace seqfeat::test
