// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/conformance/stored_case.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/stored.hpp"

// Weighted columns. Random batches (layer_test.cpp and others) mix them with all else; here is what
// a batch says by itself.

namespace seqfeat::test {
namespace {

using Floats = std::vector<float>;
template <class T>
using Steps = std::vector<std::vector<std::vector<T>>>;

class Weighted : public BackendTest {
 protected:
  /// Rows of a table of five: row r is {r + 1, 10 * (r + 1)}.
  static Floats values_of(Combiner combiner, const Features& features,
                          const LayerOptions& options = {}, EmbeddingOptions more = {}) {
    more.combiner = combiner;
    const auto ids = sequence_categorical_column_with_identity("k", 5);
    const auto column = embedding_column(sequence_weighted_categorical_column(ids, "w"), 2, more);
    SequenceFeatures layer({column}, backend(), options);
    const Floats table = {1, 10, 2, 20, 3, 30, 4, 40, 5, 50};
    layer.bind("k_weighted_by_w_embedding", {table.data(), 5, 2});
    const Batch batch = layer(features, Emit::values_and_ids);
    return {batch.values().begin(), batch.values().end()};
  }
  static Features features_of(const Steps<std::int64_t>& ids, const Steps<float>& weights) {
    Features features;
    features.set("k", from_nested_rows(ids));
    features.set("w", from_nested_rows(weights));
    return features;
  }
  static std::string refused(const Features& features, const LayerOptions& options = {}) {
    return refusal<DataError>([&] { return values_of(Combiner::sum, features, options); });
  }
};

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST_P(Weighted, RowsAreMultipliedAndDividedByWhatTheCombinerSays) {
  const Features features = features_of({{{0, 2}, {4}}, {{1}}}, {{{0.5F, 2}, {4}}, {{0.25F}}});
  EXPECT_EQ(values_of(Combiner::sum, features), (Floats{6.5F, 65, 20, 200, 0.5F, 5, 0, 0}));
  EXPECT_EQ(values_of(Combiner::mean, features),
            (Floats{6.5F / 2.5F, 65 / 2.5F, 5, 50, 2, 20, 0, 0}));
  const float root = std::sqrt(0.25F + 4.0F);
  EXPECT_EQ(values_of(Combiner::sqrtn, features),
            (Floats{6.5F / root, 65 / root, 5, 50, 2, 20, 0, 0}));
}

TEST_P(Weighted, WeightsThatAreNotAboveZeroCountForSumAlone) {
  const Features features =
      features_of({{{0, 1, 2, 3}, {4}, {1, 2}}}, {{{2, 0, -1, kNaN}, {-3}, {4, 4}}});
  for (const Combiner combiner : {Combiner::mean, Combiner::sqrtn}) {
    const Floats got = values_of(combiner, features);
    const float last = combiner == Combiner::mean ? 8.0F : std::sqrt(32.0F);
    EXPECT_EQ(got, (Floats{1, 10, 0, 0, 20 / last, 200 / last}));
  }
  const Floats sum = values_of(Combiner::sum, features);
  EXPECT_TRUE(std::isnan(sum[0]));
  EXPECT_EQ(Floats(sum.begin() + 2, sum.end()), (Floats{-15, -150, 20, 200}));
}

TEST_P(Weighted, IdsWithoutRowsTakeTheirWeightsWithThem) {
  const Features features = features_of({{{-1, 3, -7}, {-1}}}, {{{100, 2, 100}, {1}}});
  EXPECT_EQ(values_of(Combiner::mean, features), (Floats{4, 40, 0, 0}));
  EXPECT_EQ(values_of(Combiner::sum, features), (Floats{8, 80, 0, 0}));
}

TEST_P(Weighted, IdsAreWhatTheyAreWhateverTheyWeigh) {
  const auto ids = sequence_categorical_column_with_identity("k", 5);
  const auto column = embedding_column(sequence_weighted_categorical_column(ids, "w"), 2);
  const SequenceFeatures layer({column}, backend());
  const Batch batch = layer(features_of({{{3, -1, 2}}}, {{{-1, 5, 1}}}), Emit::values_and_ids);
  EXPECT_EQ(batch.ids().at(0).ids, (std::vector<std::int64_t>{3, -1, 2}));
  EXPECT_EQ(batch.ids().at(0).name, "k_weighted_by_w_embedding");
}

TEST_P(Weighted, IdsOfALayerThatOnlyHashesAreWantedToo) {
  const auto hashed = sequence_categorical_column_with_hash_bucket("k", 1000);
  const auto weighted = sequence_weighted_categorical_column(hashed, "w");
  Features features;
  features.set("k", from_nested_rows({{{"a", "b"}, {"c"}}, {{"d"}}}));
  features.set("w", from_nested_rows(Steps<float>{{{1, -2}, {0}}, {{3}}}));
  const SequenceFeatures plain({hashed}, backend());
  const SequenceFeatures layer({embedding_column(weighted, 2)}, backend());
  for (const Emit emit : {Emit::values_and_ids, Emit::ids}) {
    EXPECT_EQ(layer(features, emit).ids().at(0).ids, plain(features, Emit::ids).ids().at(0).ids);
  }
}

TEST_P(Weighted, AStepWhoseWeightsVanishIsZero) {
  const Features features = features_of({{{0, 1}, {2}}}, {{{1e-30F, 1e-30F}, {2}}});
  EXPECT_EQ(values_of(Combiner::sqrtn, features), (Floats{0, 0, 3, 30}));
}

TEST_P(Weighted, RowsAreClippedBeforeTheyAreWeighed) {
  const Features features = features_of({{{0, 3}}}, {{{2, 6}}});
  const float c = 0.5F;
  std::vector<Floats> rows = {{1, 10}, {4, 40}};
  const Floats expected = combine_weighted_by_lists(rows, {2, 6}, Combiner::mean, c);
  EXPECT_EQ(values_of(Combiner::mean, features, {}, {.max_norm = c}), expected);
}

TEST_P(Weighted, StepsOfAnyNumberOfValuesAreAddedInTheOrderOfOthers) {
  Rng rng(7);
  for (const std::int64_t n : {1, 2, 7, 8, 9, 10, 17, 40, 257, 300, 4096, 4097, 9001}) {
    for (const Combiner combiner : {Combiner::mean, Combiner::sum, Combiner::sqrtn}) {
      SCOPED_TRACE(n);
      Steps<std::int64_t> ids(1);
      Steps<float> weights(1);
      std::vector<Floats> rows;
      for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t id = rng.between(0, 4);
        ids[0].resize(1);
        weights[0].resize(1);
        ids[0][0].push_back(id);
        weights[0][0].push_back(rng.real());
        const auto r = static_cast<float>(id + 1);
        rows.push_back({r, 10 * r});
      }
      Floats expected = combine_weighted_by_lists(rows, weights[0][0], combiner, std::nullopt);
      if (expected.empty()) expected = {0, 0};
      EXPECT_EQ(difference(values_of(combiner, features_of(ids, weights)), expected), "");
    }
  }
}

TEST_P(Weighted, ComeInHalvesRoundedOnce) {
  for (const FloatType out : {FloatType::float32, FloatType::float16, FloatType::bfloat16}) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      SCOPED_TRACE(seed);
      Rng rng(900 + seed);
      Case c = random_case(rng);
      const bool weighs = std::any_of(c.columns.begin(), c.columns.end(), [](const Column& column) {
        const CategoricalColumn* categorical = find_categorical(column);
        return categorical != nullptr && categorical->weighted();
      });
      if (!weighs) continue;
      ASSERT_EQ(StoredCase(c, backend(), rng, out).difference_from_lists(), "");
    }
  }
}

/// A weighted column with a clipped one and one without weights beside it, over tables of `dim`.
Case case_of_width(Rng& rng, std::int64_t dim) {
  Case c;
  ListFeature& ids = c.features["k"];
  ListFeature& weights = c.features["w"];
  ids.dtype = DType::int64;
  weights.dtype = DType::float32;
  ids.rows.resize(1);
  weights.rows.resize(1);
  for (const std::int64_t n : {1, 2, 7, 8, 9, 10, 26}) {
    Step& of_ids = ids.rows[0].emplace_back();
    Step& of_weights = weights.rows[0].emplace_back();
    for (std::int64_t i = 0; i < n; ++i) {
      of_ids.push_back(std::to_string(rng.between(-1, 4)));
      of_weights.push_back(rng.pick<std::string>({"0.5", "1.25", "3", "0", "-2"}));
    }
  }
  const CategoricalColumn plain = sequence_categorical_column_with_identity("k", 5);
  const CategoricalColumn weighted = sequence_weighted_categorical_column(plain, "w");
  const Combiner combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
  EmbeddingOptions options{.combiner = combiner};
  c.columns.emplace_back(embedding_column(plain, dim, options));
  c.columns.emplace_back(embedding_column(weighted, dim, options));
  options.max_norm = 1.0;
  c.columns.emplace_back(shared_embedding_column(weighted, dim, "clipped", options));
  for (const Column& column : c.columns) {
    std::vector<float>& table = c.tables[std::get<EmbeddingColumn>(column).table()];
    for (std::int64_t i = 0; i < 5 * dim; ++i) table.push_back(rng.real());
  }
  return c;
}

TEST_P(Weighted, RowsOfEveryTypeAndWidth) {
  Rng rng(1000);
  for (const std::int64_t dim : {1, 2, 4, 8, 15, 34, 40}) {
    const Case c = case_of_width(rng, dim);
    for (const FloatType in : kFloatTypes) {
      for (const FloatType out : kFloatTypes) {
        SCOPED_TRACE(dim);
        EXPECT_EQ(StoredCase(c, backend(), rng, out, in, 0).difference_from_lists(), "");
      }
    }
  }
}

TEST_P(Weighted, EveryValueNeedsItsWeight) {
  const std::string fewer = refused(features_of({{{0}}, {{1}, {2, 3}}}, {{{1}}, {{1}, {2}}}));
  EXPECT_TRUE(holds(fewer, "'w'", "'k'", "1 weights in step 1", "expected 2")) << fewer;
  try {
    (void)values_of(Combiner::sum, features_of({{{0}}, {{1}}}, {{{1}}, {}}));
    ADD_FAILURE() << "a row without weights was taken";
  } catch (const DataError& error) {
    EXPECT_EQ(error.place().row, 1);
    EXPECT_EQ(error.place().column, "w");
    EXPECT_TRUE(holds(error.what(), "0 weights in step 0", "expected 1"));
  }
  EXPECT_TRUE(
      holds(refused(features_of({{{0}}}, {{{1}, {2}}})), "1 weights in step 1", "expected 0"));
  // Empty steps at the end are no steps.
  EXPECT_EQ(values_of(Combiner::sum, features_of({{{0}, {}}}, {{{1}, {}, {}}})), (Floats{1, 10}));
  EXPECT_EQ(values_of(Combiner::sum, features_of({{{0}, {}}, {{1}}}, {{{1}}, {{1}}})),
            (Floats{1, 10, 2, 20}));
  Features missing;
  missing.set("k", from_nested_rows(Steps<std::int64_t>{{{0}}}));
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] { return values_of(Combiner::sum, missing); }),
                    "'w'", "missing", "k_weighted_by_w_embedding"));
  missing.set("w", from_nested_rows(Steps<std::int64_t>{{{0}}}));
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] { return values_of(Combiner::sum, missing); }),
                    "'w'", "int64", "float32"));
}

TEST_P(Weighted, StepsAreCutWithTheirWeights) {
  const Features features = features_of({{{0}, {1, 2}, {3}}, {{4}}}, {{{1}, {2, 3}, {4}}, {{5}}});
  EXPECT_EQ(
      values_of(Combiner::sum, features, {.max_length = 2, .truncation = Truncation::keep_last}),
      (Floats{13, 130, 16, 160, 25, 250, 0, 0}));
  EXPECT_EQ(
      values_of(Combiner::sum, features, {.max_length = 1, .truncation = Truncation::keep_first}),
      (Floats{1, 10, 25, 250}));
}

TEST_P(Weighted, OnADeviceAreCheckedThere) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  OnDevice memory(backend());
  const LayerOptions options{.max_length = 3, .padding = Padding::max_length};
  const Features good =
      memory.keep(features_of({{{0}, {1, 2}, {}}, {{4}}}, {{{1}, {2, 3}}, {{5}, {}}}), false);
  EXPECT_EQ(values_of(Combiner::sum, good, options),
            (Floats{1, 10, 13, 130, 0, 0, 25, 250, 0, 0, 0, 0}));
  const Features bad = memory.keep(features_of({{{0}}, {{4}, {1, 2}}}, {{{1}}, {{5}, {1}}}), false);
  EXPECT_TRUE(holds(refused(bad, options), "column 'k_weighted_by_w_embedding', row 1, step 1",
                    "number of weights"));
}

SEQFEAT_ON_EVERY_BACKEND(Weighted);

}  // namespace
}  // namespace seqfeat::test
