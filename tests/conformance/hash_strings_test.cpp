// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/conformance/hash_fixture.hpp"

// Strings of every size, in every mixture, at every alignment and with any offsets. The sizes are
// where the CUDA backend changes its ways: 16, 32, 64, what fits a warp's stage, a chunk of a
// giant.

namespace seqfeat::test {
namespace {

class HashStrings : public HashTest {};

constexpr std::int64_t kStaged = 2096;
constexpr std::int64_t kChunk = 960;

TEST_P(HashStrings, TakesEveryLength) {
  Rng rng(1);
  Strings strings;
  for (std::int64_t size = 0; size <= 300; ++size) strings.add(rng.bytes(size));
  for (const std::int64_t buckets : kBuckets) expect_right(strings, buckets);
}

TEST_P(HashStrings, TakesSizesAroundStageAndChunks) {
  Rng rng(2);
  for (const std::int64_t size :
       {kStaged, 2048L, kStaged + kChunk, 3 * kChunk, 3 * kChunk + 64, 8192L}) {
    Strings strings;
    for (std::int64_t more = -18; more <= 18; ++more) strings.add(rng.bytes(size + more));
    expect_right(strings, 0);
  }
}

TEST_P(HashStrings, TakesGiantsAmongShortOnes) {
  Rng rng(3);
  Strings strings;
  for (int i = 0; i < 70; ++i) strings.add(rng.bytes(i % 33 == 5 ? 100000 + i : i % 9));
  expect_right(strings, 1000003);
}

TEST_P(HashStrings, TakesAnySizeAloneInItsBuffer) {
  Rng rng(4);
  for (std::int64_t shift = 0; shift < 17; ++shift) {
    for (const std::int64_t size :
         {0L, 1L, 3L, 4L, 8L, 15L, 16L, 17L, 31L, 32L, 33L, 64L, 65L, 200L, kStaged, kStaged + 1,
          2 * kChunk + 63, 2 * kChunk + 129}) {
      Strings one;
      one.add(rng.bytes(size + shift));
      expect_right(one, 0, shift);
    }
  }
}

TEST_P(HashStrings, TakesEveryClassInOneWarp) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Rng rng(seed);
    Strings strings;
    for (int i = 0; i < 200; ++i) {
      const std::int64_t most = rng.pick({0, 3, 7, 16, 32, 64, 200, 1000, 2100, 5000});
      strings.add(rng.bytes(rng.between(most / 2, most)));
    }
    expect_right(strings, 1000, rng.between(0, 20));
  }
}

TEST_P(HashStrings, TakesShortStringsAtAnyAlignment) {
  for (std::int64_t shift = 0; shift < 16; ++shift) {
    for (const std::int64_t longest : {4, 8, 16, 32, 33}) {
      Rng rng(static_cast<std::uint64_t>(shift));
      Strings strings;
      const std::int64_t count = rng.between(0, 400);
      for (std::int64_t i = 0; i < count; ++i) strings.add(rng.bytes(rng.between(0, longest)));
      expect_right(strings, 77, shift);
    }
  }
}

TEST_P(HashStrings, TakesFullRoundsOfTheLongestShortOnes) {
  for (std::int64_t shift = 0; shift < 16; ++shift) {
    Rng rng(static_cast<std::uint64_t>(shift));
    Strings strings;
    for (int i = 0; i < 96; ++i) strings.add(rng.bytes(32));
    expect_right(strings, 0, shift);
  }
}

TEST_P(HashStrings, TakesAnyCount) {
  Rng rng(5);
  for (const std::int64_t count :
       {0, 1, 2, 31, 32, 33, 63, 64, 65, 255, 256, 257, 2047, 2048, 2049, 5000}) {
    for (const std::int64_t longest : {20, 40}) {
      Strings strings;
      for (std::int64_t i = 0; i < count; ++i) strings.add(rng.bytes(rng.between(0, longest)));
      expect_right(strings, 10);
    }
  }
}

TEST_P(HashStrings, TakesSeveralRoundsAWarp) {
  // So many that a warp of the emulated device, or of a small one, is given more than one round.
  // Runs of about a thousand: both classes mixed; one of them alone; so long that four rounds have
  // no room; with a long one here and there.
  constexpr std::int64_t kMany = 200000;
  constexpr std::int64_t kRun = 1000;
  constexpr std::array<std::int64_t, 2> kSizes[] = {{0, 32},  {0, 16},  {17, 20},
                                                    {20, 23}, {28, 32}, {0, 5}};
  Rng rng(9);
  Strings strings;
  for (std::int64_t i = 0; i < kMany; ++i) {
    const auto& [shortest, longest] =
        kSizes[static_cast<std::size_t>(i / kRun) % std::size(kSizes)];
    const bool long_one = i / kRun % 7 == 0 && i % 97 == 0;
    strings.add(rng.bytes(long_one ? rng.between(33, 90) : rng.between(shortest, longest)));
  }
  const std::vector<std::int64_t> right = expected(strings, 1000003);
  EXPECT_EQ((hashed<std::int32_t, std::int32_t>(strings, 1000003, 3)), right);
  EXPECT_EQ((hashed<std::int64_t, std::int64_t>(strings, 1000003, 0)), right);
}

TEST_P(HashStrings, BeginsAndEndsAnywhereInTheBuffer) {
  Rng rng(6);
  for (std::int64_t gap = 0; gap <= 20; ++gap) {
    Strings strings;
    strings.bytes = rng.bytes(gap);
    strings.offsets = {gap};
    for (int i = 0; i < 70; ++i) strings.add(rng.bytes(rng.between(0, 9)));
    strings.bytes += rng.bytes(20 - gap);
    expect_right(strings, 0, gap % 3);
  }
}

SEQFEAT_ON_EVERY_BACKEND(HashStrings);

/// Offsets that the host would refuse: only a device sees them.
class HashLies : public HashTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "the host's offsets are checked";
  }
};

TEST_P(HashLies, NeverLeaveTheBuffer) {
  Rng rng(7);
  using Limits = std::numeric_limits<std::int64_t>;
  for (int round = 0; round < 60; ++round) {
    Strings strings;
    strings.bytes = rng.bytes(rng.pick({0, 1, 40, 300, 4000}));
    const std::int64_t size = std::ssize(strings.bytes);
    strings.offsets.clear();
    for (int i = 0; i < 70; ++i) {
      strings.offsets.push_back(rng.once_in(6)
                                    ? rng.pick({std::int64_t{INT32_MIN}, std::int64_t{INT32_MAX},
                                                std::int64_t{-1}, size + rng.between(-20, 20)})
                                    : rng.between(-3, size + 3));
    }
    if (round % 2 == 0) std::sort(strings.offsets.begin(), strings.offsets.end());
    expect_right(strings, 1000003, rng.between(0, 15));
    strings.offsets[static_cast<std::size_t>(rng.between(0, 69))] =
        rng.pick({Limits::min(), Limits::max()});
    EXPECT_EQ((hashed<std::int64_t, std::int64_t>(strings, 0, 0)), expected(strings, 0));
  }
}

TEST_P(HashLies, AmongManyNeverLeaveTheBuffer) {
  // So many that a warp of a small device sorts several rounds at once.
  constexpr std::int64_t kMany = 100000;
  Rng rng(10);
  Strings strings;
  for (std::int64_t i = 0; i < kMany; ++i) strings.add(rng.bytes(rng.between(0, 24)));
  const std::int64_t size = std::ssize(strings.bytes);
  for (std::int64_t at = 0; at < kMany; at += rng.between(1, 600)) {
    std::int64_t& offset = strings.offsets[static_cast<std::size_t>(at)];
    offset = rng.pick({std::int64_t{INT32_MIN}, std::int64_t{-1}, offset - rng.between(1, 40),
                       offset + rng.between(1, 40), size + 1, std::int64_t{INT32_MAX}});
  }
  EXPECT_EQ((hashed<std::int32_t, std::int32_t>(strings, 1000003, 5)), expected(strings, 1000003));
}

TEST_P(HashLies, ChangeNothingAroundThem) {
  Rng rng(8);
  Strings good;
  for (int i = 0; i < 40; ++i) good.add(rng.bytes(rng.between(0, 10)));
  const std::int64_t size = std::ssize(good.bytes);
  for (std::size_t at = 0; at < good.offsets.size(); ++at) {
    for (const std::int64_t lie :
         {std::int64_t{INT32_MIN}, -size, std::int64_t{-32}, std::int64_t{-1}, size + 1, size + 40,
          std::int64_t{INT32_MAX}}) {
      Strings strings = good;
      strings.offsets[at] = lie;
      EXPECT_EQ((hashed<std::int64_t, std::int64_t>(strings, 0, 0)), expected(strings, 0)) << lie;
      EXPECT_EQ((hashed<std::int32_t, std::int32_t>(strings, 9, 0)), expected(strings, 9)) << lie;
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(HashLies);

}  // namespace
}  // namespace seqfeat::test
