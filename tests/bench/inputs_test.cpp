// SPDX-License-Identifier: Apache-2.0
#include "bench/inputs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

namespace seqfeat::bench {
namespace {

TEST(Inputs, CoverEverySliceOfParallelWorkOnce) {
  for (const std::int64_t count : {0, 1, 7, 1000}) {
    std::vector<std::atomic<int>> touched(static_cast<std::size_t>(count));
    in_parallel(count, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++touched[static_cast<std::size_t>(i)];
    });
    EXPECT_TRUE(std::all_of(touched.begin(), touched.end(), [](const auto& n) { return n == 1; }));
  }
}

TEST(Inputs, AreTheSameForASeedAndOthersForAnother) {
  EXPECT_EQ(random_strings(500, 1, 32, 3).bytes, random_strings(500, 1, 32, 3).bytes);
  EXPECT_NE(random_strings(500, 1, 32, 3).bytes, random_strings(500, 1, 32, 4).bytes);
  EXPECT_EQ(log_uniform(500, 3), log_uniform(500, 3));
}

TEST(Inputs, GiveStringsEveryLengthAskedForAndNoOther) {
  const Strings strings = random_strings(5000, 4, 9, 1);
  std::set<std::int32_t> lengths;
  for (std::size_t i = 1; i < strings.offsets.size(); ++i) {
    lengths.insert(strings.offsets[i] - strings.offsets[i - 1]);
  }
  EXPECT_EQ(lengths, (std::set<std::int32_t>{4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(strings.offsets.back(), static_cast<std::int32_t>(strings.bytes.size()));
  EXPECT_EQ(strings.count(), 5000);
}

TEST(Inputs, GiveStringsTheMeanLengthOfTheirMix) {
  for (const auto& [shortest, longest] : {std::pair{1, 4}, {1, 32}, {4, 32}, {1, 64}, {8, 8}}) {
    const Strings strings = random_strings(100'000, shortest, longest, 7);
    const double mean = static_cast<double>(strings.bytes.size()) / 100'000;
    EXPECT_NEAR(mean, (shortest + longest) / 2.0, 0.01 * (shortest + longest));
  }
}

TEST(Inputs, GiveIntegersOfEveryNumberOfDigitsAndBothSigns) {
  std::map<std::size_t, int> digits;
  int negative = 0;
  for (const std::int64_t number : log_uniform(20'000, 1)) {
    ++digits[std::to_string(std::llabs(number)).size()];
    if (number < 0) ++negative;
  }
  EXPECT_EQ(digits.size(), 19U);
  EXPECT_NEAR(negative, 10'000, 600);
}

TEST(Inputs, FavourTheFirstRowsByAPowerLawAndStrewThemIfAsked) {
  constexpr std::int64_t kRows = 1000;
  const auto counts = [](const std::vector<std::int64_t>& ids) {
    std::vector<int> count(kRows);
    for (const std::int64_t id : ids) ++count.at(static_cast<std::size_t>(id));
    return count;
  };
  const auto plain = counts(power_law(100'000, kRows, {.alpha = 1.15, .permuted = false}, 1));
  auto strewn = counts(power_law(100'000, kRows, {.alpha = 1.15}, 1));
  EXPECT_GT(plain[0], 10'000);
  EXPECT_GT(plain[0], 5 * plain[9]);
  EXPECT_NE(strewn, plain);
  auto sorted = plain;
  std::sort(sorted.begin(), sorted.end());
  std::sort(strewn.begin(), strewn.end());
  EXPECT_EQ(strewn, sorted);

  const auto even = counts(power_law(100'000, kRows, {}, 1));
  EXPECT_LT(*std::max_element(even.begin(), even.end()), 200);
  EXPECT_GT(*std::min_element(even.begin(), even.end()), 30);
}

TEST(Inputs, CountDistinctRows) {
  EXPECT_EQ(distinct({3, 1, 3, 3, 0}, 4), 3);
  EXPECT_EQ(distinct({}, 4), 0);
}

}  // namespace
}  // namespace seqfeat::bench
