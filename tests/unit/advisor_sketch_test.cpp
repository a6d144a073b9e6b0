// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "run/advisor/adaptive_sample.hpp"
#include "run/advisor/bucket_sample.hpp"
#include "run/advisor/flat_map.hpp"
#include "run/advisor/frequent_tokens.hpp"
#include "run/advisor/hyperloglog.hpp"
#include "run/advisor/perfect_hash.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::run {
namespace {

using test::Rng;
using Counts = std::map<std::uint64_t, std::int64_t>;

/// Keys of which small ones are frequent.
std::vector<std::uint64_t> skewed_keys(int count, std::uint64_t seed) {
  Rng random(seed);
  std::vector<std::uint64_t> keys;
  for (int i = 0; i < count; ++i) keys.push_back(random.bits() >> random.between(50, 63));
  return keys;
}

Counts counts_of(const std::vector<std::uint64_t>& keys) {
  Counts counts;
  for (const std::uint64_t key : keys) ++counts[key];
  return counts;
}

TEST(FlatMap, IsAMapInTheOrderOfArrival) {
  FlatMap<std::int64_t> map;
  EXPECT_EQ(map.find(7), nullptr);
  const auto keys = skewed_keys(20'000, 1);
  for (const std::uint64_t key : keys) ++map[key];
  const Counts counts = counts_of(keys);
  ASSERT_EQ(map.size(), counts.size());
  EXPECT_EQ(map.entries().front().key, keys.front());
  for (const auto& [key, count] : counts) ASSERT_EQ(*map.find(key), count);
  map.keep_if([](const auto& entry) { return entry.key % 2 == 0; });
  for (const auto& [key, count] : counts) ASSERT_EQ(map.find(key) != nullptr, key % 2 == 0);
}

TEST(HyperLogLog, EstimatesOverTheWholeRange) {
  for (const std::int64_t distinct : {0, 1, 10, 1'000, 50'000, 150'000, 400'000}) {
    HyperLogLog sketch;
    Rng random(static_cast<std::uint64_t>(distinct) + 5);
    for (std::int64_t i = 0; i < distinct; ++i) {
      const std::uint64_t token = random.bits();
      sketch.add(token);
      sketch.add(token);
    }
    EXPECT_NEAR(sketch.estimate(), static_cast<double>(distinct),
                0.016 * static_cast<double>(distinct));
  }
}

TEST(HyperLogLog, MergesToTheSketchOfAll) {
  HyperLogLog all;
  HyperLogLog first;
  HyperLogLog second;
  Rng random(3);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t token = random.bits();
    all.add(token);
    (i % 3 == 0 ? first : second).add(token);
  }
  first.merge(second.registers());
  EXPECT_TRUE(
      std::equal(all.registers().begin(), all.registers().end(), first.registers().begin()));
}

FrequentTokens frequent_of(const std::vector<std::uint64_t>& keys, std::size_t bound) {
  FrequentTokens tokens(bound);
  for (const std::uint64_t key : keys)
    tokens.add(
        key, [&] { return std::to_string(key); }, 1);
  return tokens;
}

void expect_bounds(const FrequentTokens& tokens, const Counts& counts, std::size_t bound,
                   std::size_t occurrences) {
  EXPECT_LE(tokens.entries().size(), bound);
  EXPECT_GT(tokens.floor(), 0);
  EXPECT_LE(tokens.floor(), static_cast<std::int64_t>(2 * occurrences / bound));
  std::set<std::uint64_t> held;
  for (const auto& [key, token] : tokens.entries()) {
    held.insert(key);
    EXPECT_EQ(token.name.text(), std::to_string(key));
    EXPECT_LE(token.count - token.error, counts.at(key));
    EXPECT_GE(token.count, counts.at(key));
  }
  for (const auto& [key, count] : counts) {
    if (!held.contains(key)) {
      EXPECT_LE(count, tokens.floor()) << key;
    }
  }
}

TEST(FrequentTokens, BoundsEveryCount) {
  const auto keys = skewed_keys(60'000, 2);
  expect_bounds(frequent_of(keys, 300), counts_of(keys), 300, keys.size());
  std::vector<std::uint64_t> uniform(30'000);
  std::iota(uniform.begin(), uniform.end(), 0U);
  expect_bounds(frequent_of(uniform, 100), counts_of(uniform), 100, uniform.size());
}

TEST(FrequentTokens, BoundsEveryCountOfShards) {
  const auto keys = skewed_keys(60'000, 4);
  FrequentTokens sum(300);
  for (std::size_t shard = 0; shard < 3; ++shard) {
    sum.merge(frequent_of({keys.begin() + static_cast<std::ptrdiff_t>(shard * 20'000),
                           keys.begin() + static_cast<std::ptrdiff_t>((shard + 1) * 20'000)},
                          300));
  }
  expect_bounds(sum, counts_of(keys), 300, keys.size());
}

TEST(ShortText, CutsBetweenCharacters) {
  EXPECT_EQ(ShortText("").text(), "");
  EXPECT_EQ(ShortText("abcdefghijklmnopqrstuvw").text(), "abcdefghijklmnopqrstuvw");
  EXPECT_EQ(ShortText("abcdefghijklmnopqrstuvwx").text(), "abcdefghijklmnopqrstuvw…");
  EXPECT_EQ(ShortText("abcdefghijklmnopqrstuvß").text(), "abcdefghijklmnopqrstuv…");
}

// The sample is a function of the set of keys, and its values are those of all occurrences.
TEST(AdaptiveSample, HasExactValuesAndMergesWithoutLoss) {
  const auto keys = skewed_keys(30'000, 6);
  const Counts counts = counts_of(keys);
  AdaptiveSample<std::int64_t> all(200);
  std::vector<AdaptiveSample<std::int64_t>> shards(3, AdaptiveSample<std::int64_t>(200));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (auto* count = all.at(keys[i])) ++*count;
    // The first shard is so small that it leaves nothing out.
    if (auto* count = shards[i < 150 ? 0 : 1 + i % 2].at(keys[i])) ++*count;
  }
  for (const std::size_t shard : {1U, 2U}) {
    shards[0].merge(shards[shard], [](auto& count, const auto& entry) { count += entry.value; });
  }
  for (const auto& sample : {all, shards[0]}) {
    EXPECT_EQ(sample.halvings(), all.halvings());
    std::size_t taken = 0;
    for (const auto& [key, count] : counts) {
      if (!all.takes(key)) continue;
      ++taken;
      ASSERT_NE(sample.find(key), nullptr);
      EXPECT_EQ(*sample.find(key), count);
    }
    EXPECT_EQ(sample.entries().size(), taken);
    EXPECT_LE(taken, 200U);
  }
  ASSERT_GT(all.halvings(), 0U);
  const auto one_halving_less = std::count_if(counts.begin(), counts.end(), [&](const auto& one) {
    return all.halvings() == 1 || mixed(one.first) >> (65 - all.halvings()) == 0;
  });
  EXPECT_GT(one_halving_less, 200) << "one halving too many";
}

// What one part did not watch from its beginning is not known of the sum.
TEST(BucketSample, HoldsOnlyWhatBothPartsKnow) {
  std::uint64_t one = 0;  // two buckets that no sample with a halving takes
  while (mixed(one) >> 63 == 0) ++one;
  std::uint64_t both = one + 1;
  while (mixed(both) >> 63 == 0) ++both;
  BucketSample first(1000, 4);
  BucketSample second(1000, 4);
  first.hold(one);
  first.hold(both);
  second.hold(both);
  for (std::uint64_t bucket = 0; bucket < 1000; ++bucket) {
    first.add(bucket, 1);
    second.add(1000 + bucket, 2);
  }
  first.merge(second);
  EXPECT_EQ(first.held().find(one), nullptr);
  const Bucket* sum = first.held().find(both);
  ASSERT_NE(sum, nullptr);
  EXPECT_EQ(sum->occurrences(), 3);
  EXPECT_TRUE(sum->collided());
}

// Mean and deviation over many random hashes.
TEST(PerfectHash, HasTheShareOfRandomHashes) {
  const std::vector<double> occurrences{50, 20, 10, 5, 5, 2, 2, 2, 1, 1, 1, 1};
  const double total = std::accumulate(occurrences.begin(), occurrences.end(), 0.0);
  double squares = 0;
  for (const double count : occurrences) squares += count * count / (total * total);
  const auto distinct = static_cast<double>(occurrences.size());
  Rng random(7);
  for (const std::int64_t buckets : {2, 5, 40, 300}) {
    double sum = 0;
    double sum_of_squares = 0;
    double beyond = 0;
    constexpr int kTimes = 40'000;
    for (int time = 0; time < kTimes; ++time) {
      std::map<std::int64_t, std::pair<int, double>> in;
      for (const double count : occurrences) {
        auto& [tokens, all] = in[random.between(0, buckets - 1)];
        ++tokens;
        all += count / total;
      }
      double share = 0;
      for (const auto& [bucket, held] : in) share += held.first > 1 ? held.second : 0;
      sum += share;
      sum_of_squares += share * share;
      beyond += distinct - static_cast<double>(in.size());
    }
    const double mean = sum / kTimes;
    const Share expected = expected_share(distinct, squares, buckets);
    EXPECT_NEAR(expected.mean, mean, 0.01) << buckets;
    EXPECT_NEAR(expected.spread, std::sqrt(sum_of_squares / kTimes - mean * mean), 0.01) << buckets;
    EXPECT_NEAR(expected_collisions(distinct, buckets), beyond / kTimes, 0.05) << buckets;
  }
  EXPECT_EQ(expected_share(1, 1, 2).mean, 0);
  EXPECT_NEAR(expected_share(2, 0.5, 2).mean, 0.5, 1e-12);
  EXPECT_NEAR(expected_share(2, 0.5, 2).spread, 0.5, 1e-12) << "both or neither";
}

TEST(PerfectHash, FindsTheFewestOnAverage) {
  for (const double distinct : {2.0, 3.0, 1375.0, 1e6, 1e9}) {
    for (const double limit : {0.5, 0.01, 0.001}) {
      const std::int64_t fewest = fewest_on_average(distinct, limit);
      EXPECT_LT(expected_share(distinct, 0, fewest).mean, limit) << distinct;
      if (fewest > 2) {
        EXPECT_GE(expected_share(distinct, 0, fewest - 1).mean, limit) << distinct;
      }
    }
  }
  EXPECT_EQ(fewest_on_average(0, 0.01), 2);
  EXPECT_EQ(fewest_on_average(1, 0.01), 2);
}

/// The occurrences that collide, counted in the plainest way.
double colliding(const std::vector<Word>& words, std::int64_t buckets) {
  std::map<std::uint64_t, std::pair<int, double>> in;
  for (const Word& word : words) {
    auto& [tokens, all] = in[word.fingerprint % static_cast<std::uint64_t>(buckets)];
    ++tokens;
    all += word.occurrences;
  }
  double sum = 0;
  for (const auto& [bucket, held] : in) sum += held.first > 1 ? held.second : 0;
  return sum;
}

TEST(PerfectHash, FindsTheFewestForTheseWords) {
  Rng random(11);
  for (const std::int64_t count : {1, 2, 30, 400}) {
    std::vector<Word> words;
    double total = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      words.push_back({random.bits(), 1 + std::floor(1000 / static_cast<double>(i + 1))});
      total += words.back().occurrences;
    }
    for (const double limit : {0.2, 0.01}) {
      const auto holds = [&](std::int64_t buckets) {
        return colliding(words, buckets) < limit * total;
      };
      const auto fewest = fewest_for(words, limit);
      ASSERT_TRUE(fewest);
      EXPECT_TRUE(holds(*fewest)) << count;
      // Every size below 128 is tried; sizes above that in steps.
      for (std::int64_t n = 2; n < std::min<std::int64_t>(*fewest, 128); ++n) {
        EXPECT_FALSE(holds(n)) << count << ", " << n;
      }
    }
  }
  const std::vector<Word> twins{{5, 1}, {5 + (std::uint64_t{1} << 63), 1}};
  EXPECT_EQ(fewest_for(twins, 0.5), 3) << "the first size that is no power of two";
  const std::vector<Word> three_of_a_bucket{{7, 97}, {0, 1}, {2, 1}, {4, 1}};
  EXPECT_EQ(fewest_for(three_of_a_bucket, 0.04), 2) << "3 of 100 occurrences collide";
  EXPECT_EQ(fewest_for({}, 0.01), 2);
}

}  // namespace
}  // namespace seqfeat::run
