// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/layer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "seqfeat/error.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"

namespace seqfeat::test {
namespace {

class Layer : public BackendTest {
 protected:
  /// The layer's answer to `c`, with and without ids (which may take another schedule).
  static void expect_answer(const Case& c) {
    const Answer expected = answer_by_lists(c);
    const SequenceFeatures layer = c.layer(backend());
    const Features features = c.pack();
    EXPECT_EQ(difference(layer(features), expected), "");
    const Batch with_ids = layer(features, Emit::values_and_ids);
    EXPECT_EQ(difference(with_ids, expected), "");
    EXPECT_EQ(std::ssize(with_ids.ids()),
              std::count_if(c.columns.begin(), c.columns.end(), [](const Column& column) {
                return find_categorical(column) != nullptr;
              }));
  }
};

TEST_P(Layer, AgreesWithListsOnRandomBatches) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    expect_answer(random_case(rng));
    if (HasFailure()) return;
  }
}

TEST_P(Layer, AgreesOnFewRowsOfManyStepsAndManyRowsOfFew) {
  for (const CaseLimits limits :
       {CaseLimits{2, 300, 2, 2, 12}, CaseLimits{400, 2, 2, 2, 9}, CaseLimits{3, 4, 200, 2, 40}}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE(seed);
      Rng rng(1000 + seed);
      expect_answer(random_case(rng, limits));
    }
  }
}

/// Embeddings of strings and integers with the dimensions of `dims`, in turn.
Case case_of_columns(std::uint64_t seed, std::int64_t columns,
                     std::initializer_list<std::int64_t> dims, const CaseLimits& limits) {
  Rng rng(seed);
  Case c;
  std::vector<std::int64_t> lengths;
  for (std::int64_t b = 0; b < limits.rows; ++b) lengths.push_back(rng.between(0, limits.steps));
  for (std::int64_t k = 0; k < columns; ++k) {
    const std::string key = "k" + std::to_string(k);
    const DType dtype = k % 2 == 0 ? DType::string : DType::int64;
    c.features[key] = random_feature(rng, dtype, limits, lengths);
    const std::int64_t dim = dims.begin()[static_cast<std::size_t>(k) % dims.size()];
    const auto column =
        embedding_column(sequence_categorical_column_with_hash_bucket(key, 50, dtype), dim);
    auto& table = c.tables[column.name()];
    for (std::int64_t i = 0; i < 50 * dim; ++i) table.push_back(rng.real());
    c.columns.emplace_back(column);
  }
  return c;
}

TEST_P(Layer, WritesStringAndIntegerColumnsOfDifferentWidthsSideBySide) {
  expect_answer(case_of_columns(1, 8, {1, 3, 10, 128}, {7, 11, 3, 0, 0}));
}

// Outputs beyond the caches take other stores on the CPU; widths that fill lines take a third way.
TEST_P(Layer, WritesOutputsOfManyMegabytes) {
  const CaseLimits limits{300, 60, 1, 0, 0};
  std::uint64_t seed = 10;
  for (const auto& dims : {std::initializer_list<std::int64_t>{64}, {61}, {10, 16, 38}}) {
    for (const PaddingSide side : {PaddingSide::right, PaddingSide::left}) {
      SCOPED_TRACE(seed);
      Case c = case_of_columns(seed++, static_cast<std::int64_t>(dims.size()), dims, limits);
      c.options.padding_side = side;
      expect_answer(c);
    }
  }
}

TEST_P(Layer, Takes26Columns) {
  expect_answer(case_of_columns(2, 26, {16}, {5, 1, 1, 0, 0}));
}

TEST_P(Layer, Takes300Columns) {
  expect_answer(case_of_columns(3, 300, {1, 2, 5}, {3, 4, 2, 0, 0}));
}

/// Among many short rows one is so long that blocks get hundreds of slots, most of them padding.
Case many_slots_of_few_values(bool single) {
  Case c = case_of_columns(7, 1, {6}, {1, 1, 1, 0, 0});
  std::vector<Row>& rows = c.features["k0"].rows;
  rows.assign(1, Row(130, Step{"a"}));
  Rng rng(8);
  while (rows.size() < 64) {
    Row row;
    for (std::int64_t t = rng.between(0, 20); t > 0; --t) {
      row.push_back(single || t == 1 ? Step{random_token(rng, DType::string)}
                                     : rng.pick<Step>({{}, {"a"}, {"b", "c", "b"}}));
    }
    rows.push_back(row);
  }
  c.columns.emplace_back(indicator_column(sequence_categorical_column_with_hash_bucket("k0", 5)));
  return c;
}

TEST_P(Layer, FillsBlocksOfManySlots) {
  for (const bool single : {true, false}) expect_answer(many_slots_of_few_values(single));
}

TEST_P(Layer, AnswersABatchWithoutRows) {
  Case c = case_of_columns(4, 2, {3}, {2, 2, 1, 0, 0});
  for (auto& [key, feature] : c.features) feature.rows.clear();
  expect_answer(c);
}

TEST_P(Layer, AnswersABatchWithoutSteps) {
  Case c = case_of_columns(5, 2, {3}, {2, 2, 1, 0, 0});
  for (auto& [key, feature] : c.features) feature.rows.assign(4, {});
  expect_answer(c);
}

TEST_P(Layer, CountsRepeatedBucketsInAnIndicatorOfManyValues) {
  Case c;
  c.columns = {indicator_column(sequence_categorical_column_with_hash_bucket("k", 5))};
  Rng rng(6);
  Step step;
  for (int i = 0; i < 100; ++i) step.push_back(random_token(rng, DType::string));
  c.features["k"] = {DType::string, {{step, {}, {"a", "a", "b"}}, {{"c"}}}};
  expect_answer(c);
}

TEST_P(Layer, EmitsLengthsWithoutTouchingTables) {
  // A table of this size could not be made.
  const SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_hash_bucket("k", std::int64_t{1} << 62),
                        100)},
      backend());
  Features features;
  features.set("k", from_rows({{"a", "b"}, {}}));
  const Batch batch = layer(features, Emit::lengths);
  EXPECT_EQ(batch.lengths()[0], 2);
  EXPECT_EQ(batch.lengths()[1], 0);
  EXPECT_TRUE(batch.values().empty());
  const Batch ids = layer(features, Emit::ids);
  EXPECT_EQ(ids.ids()[0].ids.size(), 2U);
  Place place(backend(), layer.plan(layer.measure(features), Emit::ids), true, stream());
  const BatchSizes shape = layer(features, place.outputs(), place.workspace(), stream());
  EXPECT_EQ(place.read(shape, 0, stream()).ids, ids.ids()[0].ids);
}

TEST_P(Layer, GivesIdsOfABareCategoricalColumn) {
  const SequenceFeatures layer({sequence_categorical_column_with_hash_bucket("k", 10)}, backend());
  Features features;
  features.set("k", from_rows({{"a", "b"}, {"c", "d"}}));
  const Batch batch = layer(features, Emit::ids);
  EXPECT_EQ(batch.ids()[0].ids, (std::vector<std::int64_t>{9, 2, 2, 5}));
  EXPECT_EQ(batch.ids()[0].row_offsets, (std::vector<std::int64_t>{0, 2, 4}));
  EXPECT_EQ(batch.ids()[0].step_offsets, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST_P(Layer, BindsATableWithAPitch) {
  const auto column = embedding_column(sequence_categorical_column_with_hash_bucket("k", 10), 2);
  SequenceFeatures layer({column}, backend());
  std::vector<float> table(30);
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i);
  layer.bind("k_embedding", TableView{table.data(), 10, 2, 3});
  Features features;
  features.set("k", from_rows({{"a", "b"}}));  // buckets 9 and 2
  const Batch batch = layer(features);
  EXPECT_EQ(difference(batch.values(), std::vector<float>{27, 28, 6, 7}), "");
}

TEST_P(Layer, RefusesPointersBetweenElements) {
  const auto column = embedding_column(sequence_categorical_column_with_hash_bucket("k", 10), 2);
  SequenceFeatures layer({column}, backend());
  alignas(4) std::array<std::byte, 100> memory{};
  EXPECT_THROW(layer.bind("k_embedding", TableView{memory.data() + 2, 10, 2}), InvalidArgument);
  Features features;
  features.set("k", from_rows({{"a"}}));
  Workspace workspace(backend(), layer.plan(layer.measure(features)), stream());
  layer.pack(features, workspace, stream());
  std::int64_t length = 0;
  const Outputs outputs{
      .values = memory.data() + 1, .lengths = &length, .type = FloatType::float16};
  EXPECT_THROW(layer.compute(outputs, workspace, stream()), InvalidArgument);
}

TEST_P(Layer, ReusesAWorkspaceForBatchesUpToItsPlan) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(500 + seed);
    const Case c = random_case(rng);
    const SequenceFeatures layer = c.layer(backend());
    const Plan plan = layer.plan({64, 5000, 5000, 200000, 64, -1});
    Workspace workspace(backend(), plan, stream());
    const auto memory = backend().memory();
    Buffer values(memory, plan.values * 4, stream());
    Buffer lengths(memory, plan.capacity.rows * 8, stream());
    Buffer mask(memory, plan.mask, stream());
    const Outputs outputs{values.as<float>(), lengths.as<std::int64_t>(), mask.as<std::uint8_t>(),
                          nullptr};
    const Answer expected = answer_by_lists(c);
    for (int round = 0; round < 3; ++round) {
      const BatchSizes shape = layer(c.pack(), outputs, workspace, stream());
      workspace.check(stream());
      ASSERT_EQ(shape.rows, expected.rows);
      ASSERT_EQ(shape.padded_steps, expected.width);
      EXPECT_EQ(difference(to_host(backend(), values.as<float>(), std::ssize(expected.values)),
                           expected.values),
                "");
      auto all_lengths = to_host(backend(), outputs.lengths, plan.capacity.rows);
      std::vector<std::int64_t> padded = expected.lengths;
      padded.resize(64);
      EXPECT_EQ(all_lengths, padded);
      EXPECT_EQ(to_host(backend(), outputs.mask, std::ssize(expected.mask)), expected.mask);
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(Layer);

}  // namespace
}  // namespace seqfeat::test
