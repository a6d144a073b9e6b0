// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

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

/// An embedding of `dim` elements of feature `key`.
void add_column(Case& c, Rng& rng, const std::string& key, std::int64_t dim) {
  EmbeddingOptions options;
  options.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
  if (rng.once_in(3)) options.max_norm = 1.5;
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
      add_column(c, rng, "k", rng.pick<std::int64_t>({1, 2, 3, 4, 10}));
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
      add_column(c, rng, key, rng.pick<std::int64_t>({1, 3, 8, 33}));
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

TEST_P(LongSteps, OfALookupAgreeWithLists) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    Rng rng(200 + seed);
    SCOPED_TRACE(seed);
    const std::int64_t dim = rng.pick<std::int64_t>({1, 6, 16, 20});
    const std::vector<float> table = random_floats(rng, kBuckets * dim);
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> offsets{0};
    std::vector<float> expected;
    const Combiner combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
    for (const std::int64_t values :
         {std::int64_t{5}, kLong + rng.between(1, 3000), std::int64_t{0}, kLong,
          2 * kLong + rng.between(1, 3000), std::int64_t{1}}) {
      std::vector<std::vector<float>> rows;
      for (std::int64_t i = 0; i < values; ++i) {
        ids.push_back(rng.between(0, kBuckets - 1));
        const auto row = table.begin() + ids.back() * dim;
        rows.emplace_back(row, row + dim);
      }
      offsets.push_back(std::ssize(ids));
      const auto vector = rows.empty() ? std::vector<float>(static_cast<std::size_t>(dim))
                                       : combine_by_lists(rows, combiner, std::nullopt);
      expected.insert(expected.end(), vector.begin(), vector.end());
    }
    const Buffer table_there = to_backend<float>(backend(), table);
    const Buffer ids_there = to_backend<std::int64_t>(backend(), ids);
    const Buffer offsets_there = to_backend<std::int64_t>(backend(), offsets);
    const Buffer out(backend().memory(), std::ssize(expected) * 4, stream());
    lookup(backend(), {table_there.data(), kBuckets, dim}, ids_there.as<std::int64_t>(),
           std::ssize(ids), {offsets_there.data(), std::ssize(offsets), true},
           {.combiner = combiner}, out.data(), 0, stream());
    ASSERT_EQ(difference(to_host(backend(), out.as<const float>(), std::ssize(expected)), expected),
              "");
  }
}

SEQFEAT_ON_EVERY_BACKEND(LongSteps);

}  // namespace
}  // namespace seqfeat::test
