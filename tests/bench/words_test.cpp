// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/inputs.hpp"

namespace seqfeat::bench {
namespace {

std::map<std::string, int> count_words(const Strings& text) {
  std::map<std::string, int> counts;
  for (std::int64_t i = 0; i < text.count(); ++i) {
    const auto begin = static_cast<std::size_t>(text.offsets[static_cast<std::size_t>(i)]);
    const auto end = static_cast<std::size_t>(text.offsets[static_cast<std::size_t>(i) + 1]);
    ++counts[text.bytes.substr(begin, end - begin)];
  }
  return counts;
}

TEST(InventedText, HasEightBytesAWordWithinTwoPercent) {
  for (const std::uint64_t seed : {1U, 9U}) {
    const Strings text = invented_text(200'000, seed);
    ASSERT_EQ(text.count(), 200'000);
    const double mean = static_cast<double>(text.bytes.size()) / static_cast<double>(text.count());
    EXPECT_NEAR(mean, 8.0, 0.16) << seed;
  }
}

TEST(InventedText, IsTheSameForASeedAndAnotherForAnother) {
  EXPECT_EQ(invented_text(1000, 3).bytes, invented_text(1000, 3).bytes);
  EXPECT_NE(invented_text(1000, 3).bytes, invented_text(1000, 4).bytes);
}

TEST(InventedText, FollowsItsPowerLaw) {
  const std::vector<std::string> words = invented_words(100);
  auto counts = count_words(invented_text(200'000, 1));
  // Ranks 1 and 10: 1.5^1.05 / 10.5^1.05 of the continuous law's steps, about 6 to 9 times.
  const double ratio = static_cast<double>(counts[words[0]]) / counts[words[9]];
  EXPECT_GT(ratio, 5);
  EXPECT_LT(ratio, 10);
  EXPECT_GT(counts.size(), 20'000U);
}

TEST(InventedWords, AreLettersAndNoneComesTwice) {
  const std::vector<std::string> words = invented_words(65'536);
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size());
  for (const std::string& word : words) {
    ASSERT_GE(word.size(), 2U);
    ASSERT_TRUE(std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
  }
}

TEST(InventedWords, AreShorterWhereFrequent) {
  const std::vector<std::string> words = invented_words(65'536);
  EXPECT_LE(words.front().size(), 4U);
  EXPECT_GE(words.back().size(), 13U);
}

}  // namespace
}  // namespace seqfeat::bench
