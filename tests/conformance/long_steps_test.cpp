// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "backend/tuning.hpp"
#include "tests/conformance/stored_case.hpp"

// Steps of thousands of values, which kernels cut among blocks: at 4,096 values, and by pieces of
// so many ids.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kLong = 4096;
constexpr std::int64_t kBuckets = 40;

class LongSteps : public BackendTest {};

Step random_step(Rng& rng, std::int64_t values) {
  Step step;
  for (std::int64_t i = 0; i < values; ++i) step.push_back(std::to_string(rng.between(0, 60)));
  return step;
}

/// Rows of steps of these sizes, a row a list.
ListFeature feature_of(Rng& rng, const std::vector<std::vector<std::int64_t>>& rows) {
  ListFeature feature;
  for (const auto& sizes : rows) {
    Row row;
    for (const std::int64_t values : sizes) row.push_back(random_step(rng, values));
    feature.rows.push_back(std::move(row));
  }
  return feature;
}

/// An embedding of `dim` elements of feature `key`, whose rows are clipped if `clips`.
void add_column(Case& c, Rng& rng, const std::string& key, std::int64_t dim, bool clips) {
  EmbeddingOptions options;
  options.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
  if (clips) options.max_norm = 1.5;
  const auto column =
      embedding_column(sequence_categorical_column_with_hash_bucket(key, kBuckets), dim, options);
  c.tables[column.name()] = random_floats(rng, kBuckets * dim);
  c.columns.emplace_back(column);
}

TEST_P(LongSteps, AgreeWithListsWhereverTheyBeginAndEnd) {
  std::uint64_t seed = 0;
  for (const std::int64_t before :
       {std::int64_t{0}, std::int64_t{1}, kLong - 1, kLong, kLong + 1}) {
    for (const std::int64_t values :
         {kLong, kLong + 1, kLong + 2, kLong + 8, 2 * kLong - 1, 2 * kLong + 1, 3 * kLong + 57}) {
      Rng rng(++seed);
      SCOPED_TRACE(testing::Message() << values << " values behind " << before);
      Case c;
      c.features["k"] = feature_of(rng, {{before, values, 3}, {}, {1, 0, 2}});
      add_column(c, rng, "k", rng.pick<std::int64_t>({1, 2, 3, 4, 10}), rng.once_in(3));
      c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
      ASSERT_EQ(StoredCase(std::move(c), backend(), rng, FloatType::float32, FloatType::float32)
                    .difference_from_lists(),
                "");
    }
  }
}

TEST_P(LongSteps, ManyInABatchOfSeveralColumnsOfEveryType) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Rng rng(100 + seed);
    SCOPED_TRACE(seed);
    Case c;
    for (const std::string key : {"a", "b"}) {
      std::vector<std::vector<std::int64_t>> rows;
      for (const int length : {3, 1, 4, 2}) {
        rows.emplace_back();
        for (int s = 0; s < length; ++s) {
          rows.back().push_back(rng.once_in(3) ? kLong + rng.between(0, 5000) : rng.between(1, 20));
        }
      }
      c.features[key] = feature_of(rng, rows);
      add_column(c, rng, key, rng.pick<std::int64_t>({1, 3, 8, 33}), rng.once_in(3));
    }
    if (rng.once_in(2)) {
      c.columns.emplace_back(
          indicator_column(sequence_categorical_column_with_hash_bucket("a", 13)));
    }
    if (rng.once_in(2)) {
      c.options.max_length = 2;
      c.options.truncation = rng.pick({Truncation::keep_first, Truncation::keep_last});
    }
    c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
    const FloatType out = kFloatTypes[seed % 3];
    ASSERT_EQ(
        StoredCase(std::move(c), backend(), rng, out).difference_from_lists(rng.between(1, 2)), "");
  }
}

// Kernels have code of their own for each of these.
TEST_P(LongSteps, OfEveryTypeAgreeWithLists) {
  std::uint64_t seed = 400;
  for (const FloatType in : kFloatTypes) {
    for (const FloatType out : kFloatTypes) {
      for (int way = 0; way < 8; ++way) {
        Rng rng(++seed);
        SCOPED_TRACE(testing::Message()
                     << "way " << way << ", " << to_string(in) << " to " << to_string(out));
        Case c;
        c.features["k"] = feature_of(rng, {{1, kLong + rng.between(1, 500)}});
        add_column(c, rng, "k", way % 2 == 0 ? 2 : 1, way / 2 % 2 == 0);
        const detail::Tuned stores(detail::Knob::streaming_stores, way / 4 == 0 ? 0 : 2);
        ASSERT_EQ(StoredCase(std::move(c), backend(), rng, out, in, 0).difference_from_lists(), "");
      }
    }
  }
}

TEST_P(LongSteps, OfAnyWidthAgreeWithLists) {
  for (const std::int64_t dim : {1, 2, 3, 4, 10, 33, 128}) {
    for (const std::int64_t values : {kLong + 8, std::int64_t{12'345}, std::int64_t{20'000}}) {
      if (dim > 10 && values > 3 * kLong + 57) continue;  // the emulator takes its time
      Rng rng(static_cast<std::uint64_t>(1000 * dim + values));
      SCOPED_TRACE(testing::Message() << values << " values of " << dim << " elements");
      Case c;
      c.features["k"] = feature_of(rng, {{2, 0, 1}, {}, {rng.between(0, 9), values}});
      add_column(c, rng, "k", dim, rng.once_in(3));
      c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
      ASSERT_EQ(StoredCase(std::move(c), backend(), rng, FloatType::float32, FloatType::float32)
                    .difference_from_lists(),
                "");
    }
  }
}

// No blocks of long steps count: warps do, or for halves each cell.
TEST_P(LongSteps, OfIndicatorsAreCounted) {
  for (std::uint64_t seed = 0; seed < 9; ++seed) {
    Rng rng(50 + seed);
    SCOPED_TRACE(seed);
    Case c;
    c.features["k"] = feature_of(rng, {{3, kLong + rng.between(-1, 4000), 0}, {}, {9, 1, 2500}});
    c.columns.emplace_back(indicator_column(
        sequence_categorical_column_with_hash_bucket("k", rng.pick<std::int64_t>({2, 12, 31}))));
    if (rng.once_in(2))
      add_column(c, rng, "k", 3, rng.once_in(3));  // beside a column that has such blocks
    ASSERT_EQ(StoredCase(std::move(c), backend(), rng, kFloatTypes[seed % 3])
                  .difference_from_lists(rng.between(1, 2)),
              "");
  }
}

SEQFEAT_ON_EVERY_BACKEND(LongSteps);

}  // namespace
}  // namespace seqfeat::test
