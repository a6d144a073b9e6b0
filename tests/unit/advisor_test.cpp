// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "run/advisor/advice.hpp"
#include "run/advisor/perfect_hash.hpp"
#include "tests/support/random.hpp"

// Advice about random tokens beside a plain recomputation.

namespace seqfeat::run {
namespace {

using test::Rng;
using Counts = std::map<std::uint64_t, std::int64_t>;

constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15ULL;  // so that keys look like fingerprints

/// `skew` 0: all equally frequent; 1: the k-th about 1/k as often as the first.
std::vector<std::uint64_t> made_tokens(int count, int distinct, int skew, std::uint64_t seed) {
  Rng random(seed);
  std::vector<std::uint64_t> tokens;
  for (int i = 0; i < count; ++i) {
    const double u = static_cast<double>(random.bits() >> 11) * 0x1p-53;
    const double rank = skew == 0 ? u * distinct : std::pow(distinct, u);
    tokens.push_back(mixed(static_cast<std::uint64_t>(rank) + 1) * kSpread);
  }
  return tokens;
}

TokenSummary summary_of(const std::vector<std::uint64_t>& tokens, SummaryBounds bounds,
                        std::vector<std::int64_t> sizes) {
  TokenSummary summary(bounds, std::move(sizes));
  for (const std::uint64_t token : tokens) {
    summary.add(token, [&] { return std::to_string(token); });
  }
  return summary;
}

/// What is true, from all counts.
struct Truth {
  Counts counts;
  double total = 0;
  std::vector<std::int64_t> sorted;  // counts, the largest first

  explicit Truth(const std::vector<std::uint64_t>& tokens)
      : total(static_cast<double>(tokens.size())) {
    for (const std::uint64_t token : tokens) ++counts[token];
    for (const auto& [token, count] : counts) sorted.push_back(count);
    std::sort(sorted.rbegin(), sorted.rend());
  }

  [[nodiscard]] double covered(std::int64_t words) const {
    double sum = 0;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(words, std::ssize(sorted)); ++i) {
      sum += static_cast<double>(sorted[static_cast<std::size_t>(i)]);
    }
    return sum / total;
  }
  /// Occupied buckets, and the share of occurrences that collide.
  [[nodiscard]] std::pair<double, double> spread_over(std::int64_t buckets) const {
    std::map<std::uint64_t, std::pair<int, double>> in;
    for (const auto& [token, count] : counts) {
      auto& [tokens, all] = in[token % static_cast<std::uint64_t>(buckets)];
      ++tokens;
      all += static_cast<double>(count);
    }
    double collided = 0;
    for (const auto& [bucket, held] : in) collided += held.first > 1 ? held.second : 0;
    return {static_cast<double>(in.size()), collided / total};
  }
};

const std::vector<std::int64_t> kSizes{1000, 20'000, 300'000};

TEST(Advisor, IsExactWhileTokensFit) {
  for (const int skew : {0, 1}) {
    const auto tokens = made_tokens(60'000, 5'000, skew, 1);
    const Truth truth(tokens);
    const TokenSummary summary = summary_of(tokens, {.tokens = 5'000, .buckets = 10}, kSizes);
    const Advice advice = advise(summary, 60'000, 50);
    EXPECT_TRUE(advice.exact);
    EXPECT_EQ(advice.distinct, static_cast<double>(truth.counts.size()));
    for (const Coverage& one : advice.coverage) {
      EXPECT_NEAR(one.share, truth.covered(one.words), 1e-9) << one.words;
    }
    EXPECT_EQ(advice.coverage.back().words, std::ssize(truth.sorted));
    ASSERT_EQ(advice.sizes.size(), kSizes.size());
    for (const SizeAdvice& size : advice.sizes) {
      const auto [occupied, share] = truth.spread_over(size.buckets);
      EXPECT_EQ(size.occupied, occupied);
      EXPECT_EQ(size.collided, advice.distinct - occupied);
      EXPECT_NEAR(size.share.mean, share, 1e-12);
      EXPECT_EQ(size.share.spread, 0);
    }
    for (const Fewest& one : advice.fewest) {
      ASSERT_TRUE(one.found);
      EXPECT_LT(truth.spread_over(*one.found).second, one.limit);
      EXPECT_EQ(one.on_average, fewest_on_average(advice.distinct, one.limit));
    }
  }
}

TEST(Advisor, EstimatesWithinTheBoundsWhenTokensDoNotFit) {
  for (const int skew : {0, 1}) {
    const auto tokens = made_tokens(200'000, 60'000, skew, 2);
    const Truth truth(tokens);
    const SummaryBounds bounds{.tokens = 4'096, .buckets = 12'000};
    const Advice advice = advise(summary_of(tokens, bounds, kSizes), 200'000, 50);
    EXPECT_FALSE(advice.exact);
    const auto distinct = static_cast<double>(truth.counts.size());
    EXPECT_NEAR(advice.distinct, distinct, 0.02 * distinct);
    for (const Coverage& one : advice.coverage) {
      EXPECT_NEAR(one.share, truth.covered(one.words), 0.01) << skew << ", " << one.words;
    }
    for (const SizeAdvice& size : advice.sizes) {
      const auto [occupied, share] = truth.spread_over(size.buckets);
      const double collided = distinct - occupied;
      EXPECT_NEAR(size.occupied, occupied, 0.04 * occupied) << size.buckets;
      EXPECT_NEAR(size.collided, collided, 0.02 * collided + 2 * std::sqrt(collided));
      EXPECT_NEAR(size.share.mean, share, 0.0005 + 4 * size.share.spread) << size.buckets;
      EXPECT_EQ(size.share.spread > 0, size.buckets > 12'000) << "only a sample has a spread";
      EXPECT_LT(size.share.spread, 0.01);
    }
    EXPECT_FALSE(advice.fewest.front().found);
  }
}

// The spread that is stated is the one that samples have: over many inputs the errors, divided by
// it, have a mean square of about 1.
TEST(Advisor, StatesTheSpreadOfASample) {
  double squares = 0;
  constexpr int kTimes = 60;
  for (int time = 0; time < kTimes; ++time) {
    const auto tokens =
        made_tokens(20'000, 4'000, time % 2, 100 + static_cast<std::uint64_t>(time));
    const Truth truth(tokens);
    const SummaryBounds bounds{.tokens = 512, .buckets = 1'024};
    TokenSummary summary = summary_of({tokens.begin(), tokens.begin() + 10'000}, bounds, {9'973});
    if (time % 3 == 0) {
      summary.merge(summary_of({tokens.begin() + 10'000, tokens.end()}, bounds, {9'973}));
    } else {
      for (auto token = tokens.begin() + 10'000; token != tokens.end(); ++token) {
        summary.add(*token, [] { return "t"; });
      }
    }
    const Advice advice = advise(summary, 20'000, 1);
    const Share share = advice.sizes.front().share;
    ASSERT_GT(share.spread, 0);
    const double error = (share.mean - truth.spread_over(9'973).second) / share.spread;
    squares += error * error;
  }
  EXPECT_GT(squares / kTimes, 0.4);
  EXPECT_LT(squares / kTimes, 1.8);
}

TEST(Advisor, MergesShardsToOnePass) {
  const auto tokens = made_tokens(90'000, 30'000, 1, 3);
  for (const std::size_t bound : {std::size_t{30'000}, std::size_t{9'000}, std::size_t{2'000}}) {
    const SummaryBounds bounds{.tokens = bound, .buckets = 4'096};
    const TokenSummary all = summary_of(tokens, bounds, kSizes);
    TokenSummary sum(bounds, kSizes);
    const auto first = tokens.begin();
    for (const auto& [from, to] : {std::pair(0, 1'000), {1'000, 50'000}, {50'000, 90'000}}) {
      sum.merge(summary_of({first + from, first + to}, bounds, kSizes));
    }
    const Advice one = advise(all, 90'000, 20);
    const Advice other = advise(sum, 90'000, 20);
    EXPECT_EQ(one.exact, other.exact);
    EXPECT_EQ(one.exact, bound == 30'000);
    EXPECT_EQ(one.distinct, other.distinct);
    for (std::size_t i = 0; i < kSizes.size(); ++i) {
      EXPECT_EQ(one.sizes[i].occupied, other.sizes[i].occupied);
      EXPECT_EQ(one.sizes[i].collided, other.sizes[i].collided);
      EXPECT_NEAR(one.sizes[i].share.mean, other.sizes[i].share.mean, one.exact ? 0 : 0.003);
    }
    for (std::size_t i = 0; i < one.coverage.size(); ++i) {
      EXPECT_NEAR(one.coverage[i].share, other.coverage[i].share, one.exact ? 0 : 0.01);
    }
  }
}

TEST(Advisor, NamesFrequentTokensThatShareABucket) {
  TokenSummary summary({.tokens = 100, .buckets = 100}, {10});
  for (const std::uint64_t token : {3U, 14U, 23U, 24U, 35U, 44U, 5U}) {
    summary.add(
        token, [&] { return std::to_string(token); }, 100 - static_cast<int>(token));
  }
  const auto named = [&](std::int64_t top) {
    std::string all;
    const Advice advice = advise(summary, 552, top);
    for (const SharedBucket& one : advice.sizes.front().shared) {
      all += std::to_string(one.bucket) + ":";
      for (const auto& entry : one.tokens) all += " " + entry.value.name.text();
      all += "; ";
    }
    return all;
  };
  EXPECT_EQ(named(100), "3: 3 23; 5: 5 35; 4: 14 24 44; ");
  EXPECT_EQ(named(5), "3: 3 23; 4: 14 24; ");
  EXPECT_EQ(named(1), "");
}

TEST(Advisor, HoldsAsMuchForTenTimesTheTokens) {
  const SummaryBounds bounds{.tokens = 1 << 13, .buckets = 1 << 14};
  const auto bytes_after = [&](int distinct) {
    TokenSummary summary(bounds, {1'000, 50'000'000});
    for (int i = 0; i < distinct; ++i) {
      const std::uint64_t token = mixed(static_cast<std::uint64_t>(i));
      summary.add(token, [] { return "t"; });
    }
    EXPECT_FALSE(summary.exact());
    return static_cast<double>(summary.bytes());
  };
  const double few = bytes_after(100'000);
  EXPECT_GT(few, 1 << 13);
  EXPECT_NEAR(bytes_after(1'000'000), few, 0.1 * few);
}

TEST(Advisor, TakesNothing) {
  const Advice advice = advise(TokenSummary({}, {2, 100}), 0, 100);
  EXPECT_TRUE(advice.exact);
  EXPECT_EQ(advice.distinct, 0);
  EXPECT_TRUE(advice.coverage.empty());
  EXPECT_EQ(advice.sizes.front().share.mean, 0);
  EXPECT_EQ(advice.fewest.front().found, 2);
}

}  // namespace
}  // namespace seqfeat::run
