// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "backend/launch_count.hpp"
#include "seqfeat/error.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/conformance/stored_case.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/stored.hpp"

// Numbers beside embeddings. Random batches (layer_test.cpp and others) mix them with all else;
// here is what a batch says by itself.

namespace seqfeat::test {
namespace {

class Numeric : public BackendTest {
 protected:
  static std::vector<float> values_of(const Column& column, const Features& features,
                                      const LayerOptions& options = {}) {
    const SequenceFeatures layer({column}, backend(), options);
    const Batch batch = layer(features, Emit::values_and_ids);
    EXPECT_TRUE(batch.ids().empty());
    return {batch.values().begin(), batch.values().end()};
  }
  static Features numbers(const std::vector<std::vector<float>>& rows) {
    Features features;
    features.set("x", from_rows(rows));
    return features;
  }
  static Features nested(const std::vector<std::vector<std::vector<double>>>& rows) {
    Features features;
    features.set("x", from_nested_rows(rows));
    return features;
  }
  static std::string refused(const Column& column, const Features& features) {
    return refusal<DataError>([&] { return values_of(column, features); });
  }
};

using Floats = std::vector<float>;

TEST_P(Numeric, RowsStandInTheirSliceAndPaddingHoldsTheDefault) {
  const auto x = sequence_numeric_column("x", {1}, -1.0);
  EXPECT_EQ(values_of(x, numbers({{1, 2, 3}, {}, {4}})), (Floats{1, 2, 3, -1, -1, -1, 4, -1, -1}));
  EXPECT_EQ(values_of(x, numbers({{1, 2}, {4}}), {.padding_side = PaddingSide::left}),
            (Floats{1, 2, -1, 4}));
  EXPECT_EQ(
      values_of(x, numbers({{1, 2, 3}}), {.max_length = 2, .truncation = Truncation::keep_last}),
      (Floats{2, 3}));
}

TEST_P(Numeric, NumbersOfAFlatRowMakeSteps) {
  const auto x = sequence_numeric_column("x", {2}, 9.0);
  EXPECT_EQ(values_of(x, numbers({{1, 2, 3}, {4}})), (Floats{1, 2, 3, 9, 4, 9, 9, 9}));
  // Steps are cut, not numbers.
  EXPECT_EQ(values_of(x, numbers({{1, 2, 3}, {4, 5}}),
                      {.max_length = 1, .truncation = Truncation::keep_last}),
            (Floats{3, 9, 4, 5}));
}

TEST_P(Numeric, RowsAreFlatOrNotWhateverStandsBesideThem) {
  const auto x = sequence_numeric_column("x", {2}, 9.0);
  EXPECT_EQ(values_of(x, nested({{{1}, {2}, {3}}, {{4, 5}, {6}}})),
            (Floats{1, 2, 3, 9, 4, 5, 6, 9}));
}

TEST_P(Numeric, StepsAreCompletedAndHolesAreDefaults) {
  const auto x = sequence_numeric_column("x", {3}, 0.5);
  EXPECT_EQ(values_of(x, nested({{{1}, {}, {2, 3}}, {{4, 5, 6}}})),
            (Floats{1, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 2, 3, 0.5F,  //
                    4, 5, 6, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F}));
}

TEST_P(Numeric, StepsOfTooManyNumbersAreRefusedUnlessTheyAreCut) {
  const auto x = sequence_numeric_column("x", {2});
  const Features features = nested({{{1}}, {{1, 2}, {1, 2, 3}}});
  EXPECT_TRUE(holds(refused(x, features), "'x'", "a step of 3 numbers", "at most 2"));
  const SequenceFeatures layer({x}, backend(),
                               {.max_length = 1, .truncation = Truncation::keep_first});
  EXPECT_NO_THROW((void)layer(features));
  Features wide;
  RaggedView view = from_rows<float>({{1, 2, 3, 4, 5, 6}}).view();
  const std::vector<std::int64_t> rows = {0, 2};
  const std::vector<float> six = {1, 2, 3, 4, 5, 6};
  view.data = six.data();
  view.row_offsets = offsets_of(rows);
  view.values_per_step = 3;
  wide.set("x", view);
  EXPECT_TRUE(holds(refused(x, wide), "'x'", "a step of 3 numbers"));
  EXPECT_EQ(values_of(sequence_numeric_column("x", {3}), wide), six);
}

TEST_P(Numeric, LengthsAreThoseOfSteps) {
  const auto x = sequence_numeric_column("x", {2});
  const auto w = embedding_column(sequence_categorical_column_with_hash_bucket("w", 9), 2);
  Features features = numbers({{1, 2, 3}, {4}});
  features.set("w", from_rows({{"a", "b"}, {"c"}}));
  const SequenceFeatures layer({x, w}, backend());
  const Batch batch = layer(features);
  EXPECT_EQ(std::vector<std::int64_t>(batch.lengths().begin(), batch.lengths().end()),
            (std::vector<std::int64_t>{2, 1}));
  features.set("w", from_rows({{"a", "b", "c"}, {"c"}}));
  const std::string why = refusal<DataError>([&] { return layer(features); });
  EXPECT_TRUE(holds(why, "'x' has 2", "'w_embedding' has 3", "steps")) << why;
  features.set("x", from_rows({{"1"}, {"2"}}));
  EXPECT_TRUE(
      holds(refusal<InvalidArgument>([&] { return layer(features); }), "'x'", "string", "float32"));
}

TEST_P(Numeric, ComeInHalvesRoundedOnce) {
  for (const FloatType out : {FloatType::float16, FloatType::bfloat16}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(seed);
      Rng rng(400 + seed);
      Case c;
      std::vector<std::int64_t> lengths = {4, 0, 7};
      c.columns = {sequence_numeric_column("x", {3}, 1e-5)};
      c.features["x"] = random_feature(rng, DType::float32, {3, 7, 3, 0, 0}, lengths);
      for (Row& row : c.features["x"].rows) {
        for (Step& step : row) step.resize(std::min<std::size_t>(step.size(), 3));
      }
      ASSERT_EQ(StoredCase(c, backend(), rng, out).difference_from_lists(), "");
    }
  }
}

TEST_P(Numeric, TakeThreeLaunchesWhateverTheirNumber) {
  std::vector<Column> columns = {
      embedding_column(sequence_categorical_column_with_hash_bucket("w", 9), 2)};
  Features features;
  features.set("w", from_rows({{"a", "b"}, {"c"}}));
  for (int k = 0; k < 299; ++k) {
    const std::string key = "x" + std::to_string(k);
    columns.emplace_back(sequence_numeric_column(key, {1 + k % 3}, k % 2));
    features.set(key, k % 3 == 0 ? from_rows<float>({{1, 2}, {3}})
                                 : from_nested_rows<float>({{{1, 1}, {2, 2}}, {{3, 3}}}));
  }
  const SequenceFeatures layer(columns, backend());
  for (const Emit emit : {Emit::values, Emit::values_and_ids, Emit::ragged, Emit::lengths}) {
    (void)layer(features, emit);
    const std::int64_t before = detail::launch_count();
    (void)layer(features, emit);
    EXPECT_LE(detail::launch_count() - before, 3);
  }
}

TEST_P(Numeric, OnADeviceComeInSteps) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  OnDevice memory(backend());
  const LayerOptions options{.max_length = 3, .padding = Padding::max_length};
  const auto x = sequence_numeric_column("x", {2}, 7.0);
  const Features steps = memory.keep(nested({{{1}, {2, 3}}, {{4, 5}}}), false);
  EXPECT_EQ(values_of(x, steps, options), (Floats{1, 7, 2, 3, 7, 7, 4, 5, 7, 7, 7, 7}));
  const Features flat = memory.keep(numbers({{1, 2, 3}}), true);
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] { return values_of(x, flat, options); }), "'x'",
                    "values_per_step to 2"));
  EXPECT_EQ(values_of(sequence_numeric_column("x"), flat, options), (Floats{1, 2, 3}));
  const Features long_steps = memory.keep(nested({{{1}}, {{4, 5}, {1, 2, 3}}}), true);
  EXPECT_TRUE(holds(refusal<DataError>([&] { return values_of(x, long_steps, options); }),
                    "column 'x', row 1, step 1", "more numbers"));
}

SEQFEAT_ON_EVERY_BACKEND(Numeric);

}  // namespace
}  // namespace seqfeat::test
