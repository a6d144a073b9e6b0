// SPDX-License-Identifier: Apache-2.0
#include "table/truncated_normal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "seqfeat/table.hpp"

namespace seqfeat::test {
namespace {

TEST(Philox, GivesThePublishedAnswers) {
  // kat_vectors of Random123, the authors' own library.
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32_10({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(TruncatedNormal, QuantileIsWithinABillionth) {
  struct Point {
    double v;
    double z;
  };
  // sqrt(2) * erfinv(v * erf(sqrt(2))) with 20 digits, by mpmath.
  for (const Point& p : std::vector<Point>{{0.25, 0.30367557775062375402},
                                           {0.5, 0.6391119108712728296},
                                           {0.75, 1.0710983769732087308},
                                           {0.96875, 1.7784597272789754856},
                                           {1.0, 2.0}}) {
    EXPECT_NEAR(truncated_normal_quantile(p.v), p.z, 1e-9);
    EXPECT_EQ(truncated_normal_quantile(-p.v), -truncated_normal_quantile(p.v));
  }
  // The distribution function leads back, over the whole range.
  for (int i = -1000; i <= 1000; ++i) {
    const double v = i / 1000.0;
    EXPECT_NEAR(std::erf(truncated_normal_quantile(v) / std::sqrt(2.0)),
                v * std::erf(std::sqrt(2.0)), 1e-9);
  }
}

TEST(TruncatedNormal, KeepsItsFrozenValues) {
  struct Value {
    TruncatedNormal distribution;
    std::int64_t dimension;
    const char* name;
    std::int64_t row;
    std::int64_t column;
    float expected;
  };
  // Confirmed by another computation, in Python with mpmath's exact quantiles.
  const std::vector<Value> values = {
      {{}, 10, "tokens_embedding", 0, 0, -0x1.24a522p-6F},
      {{}, 10, "tokens_embedding", 0, 1, -0x1.904f8ep-2F},
      {{}, 10, "tokens_embedding", 1, 0, -0x1.23ec6p-3F},
      {{}, 10, "tokens_embedding", 999, 9, -0x1.644d7ap-7F},
      {{},
       10,
       "tokens_embedding",
       std::int64_t{1} << 40,
       (std::int64_t{1} << 31) - 2,
       -0x1.4d789ap-2F},
      {{.seed = 1}, 10, "tokens_embedding", 0, 0, -0x1.52b642p-3F},
      {{.seed = ~std::uint64_t{0}}, 10, "tokens_embedding", 0, 0, -0x1.50c69ap-4F},
      {{}, 10, "other_embedding", 0, 0, -0x1.bbe56p-3F},
      {{}, 128, "tokens_embedding", 0, 0, -0x1.472fe6p-8F},
      {{.mean = 3, .stddev = 0.5, .seed = 42}, 10, "tokens_embedding", 5, 7, 0x1.5f1308p+1F}};
  for (const Value& v : values) {
    EXPECT_EQ(truncated_normal(v.distribution, v.dimension, v.name, v.row, v.column), v.expected)
        << v.name << ' ' << v.distribution.seed << ' ' << v.row << ' ' << v.column;
  }
}

TEST(TruncatedNormal, FollowsItsDistribution) {
  constexpr std::size_t kCount = 1'000'000;
  std::vector<float> values(kCount);
  TruncatedNormalTable({.stddev = 1.0, .seed = 7}, 1, "a_embedding").fill(3, 0, values);
  double sum = 0;
  double squares = 0;
  for (const float v : values) {
    ASSERT_LE(std::abs(v), 2.0F);
    sum += v;
    squares += static_cast<double>(v) * v;
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean, 0, 4 * 0.88 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount - mean * mean, 0.77374105, 0.003);
  // Kolmogorov and Smirnov: a true sample is farther away once in 2,000 seeds.
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double below = (std::erf(values[i] / std::sqrt(2.0)) / std::erf(std::sqrt(2.0)) + 1) / 2;
    distance = std::max({distance, std::abs(below - static_cast<double>(i) / kCount),
                         std::abs(below - static_cast<double>(i + 1) / kCount)});
  }
  EXPECT_LT(distance, 2.04 / std::sqrt(kCount));
}

TEST(TruncatedNormal, RowsColumnsSeedsAndNamesAllGiveOtherNumbers) {
  std::set<float> seen;
  std::size_t count = 0;
  for (const char* name : {"a_embedding", "b_embedding"}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      for (std::int64_t row = 0; row < 8; ++row) {
        for (std::int64_t column = 0; column < 8; ++column, ++count) {
          seen.insert(truncated_normal({.seed = seed}, 8, name, row, column));
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), count);
}

TEST(TruncatedNormal, FillsWhatItGivesOneByOne) {
  const TruncatedNormal distribution{.mean = -1, .seed = 99};
  for (const std::int64_t dim : {1, 63, 64, 65, 200}) {
    std::vector<float> row(static_cast<std::size_t>(dim));
    TruncatedNormalTable(distribution, dim, "x").fill(12, 0, row);
    for (std::int64_t i = 0; i < dim; ++i) {
      ASSERT_EQ(row[static_cast<std::size_t>(i)], truncated_normal(distribution, dim, "x", 12, i));
    }
  }
}

}  // namespace
}  // namespace seqfeat::test
