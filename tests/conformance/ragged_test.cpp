// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "seqfeat/error.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"

// Values without padding: they are the padded form's kept steps, bit for bit.

namespace seqfeat::test {
namespace {

constexpr Emit kAll = Emit::ragged | Emit::ids;

std::vector<std::uint32_t> bits_of(std::span<const float> floats) {
  std::vector<std::uint32_t> bits;
  for (const float value : floats) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

/// Where each of `rows` rows begins; those behind the last one of `lengths` are empty.
std::vector<std::int64_t> row_offsets_of(std::span<const std::int64_t> lengths, std::size_t rows) {
  std::vector<std::int64_t> offsets{0};
  for (const std::int64_t length : lengths) offsets.push_back(offsets.back() + length);
  offsets.resize(rows + 1, offsets.back());
  return offsets;
}

void expect_ids(const std::vector<ColumnIds>& got, const std::vector<ColumnIds>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t c = 0; c < got.size(); ++c) {
    EXPECT_EQ(got[c].name, expected[c].name);
    EXPECT_EQ(got[c].ids, expected[c].ids);
    EXPECT_EQ(got[c].row_offsets, expected[c].row_offsets);
    EXPECT_EQ(got[c].step_offsets, expected[c].step_offsets);
  }
}

class RaggedBatches : public BackendTest {
 protected:
  /// The ragged form of `c` with and without ids, which may take another schedule.
  static void expect_kept_steps(const Case& c) {
    const SequenceFeatures layer = c.layer(backend());
    const Features features = c.pack();
    const Batch padded = layer(features, Emit::values_and_ids);
    for (const Emit emit : {Emit::ragged, kAll}) {
      const Batch ragged = layer(features, emit);
      EXPECT_EQ(ragged.sizes(), padded.sizes());
      EXPECT_EQ(ragged.dim(), padded.dim());
      EXPECT_TRUE(std::ranges::equal(ragged.lengths(), padded.lengths()));
      EXPECT_TRUE(std::ranges::equal(
          ragged.row_offsets(),
          row_offsets_of(padded.lengths(), static_cast<std::size_t>(padded.rows()))));
      EXPECT_EQ(bits_of(ragged.ragged_values()),
                bits_of(without_padding(padded.values(), padded.lengths(), padded.padded_steps(),
                                        c.options.padding_side)));
      EXPECT_TRUE(ragged.values().empty());
      EXPECT_TRUE(ragged.mask().empty());
      if (wants_ids(emit)) expect_ids(ragged.ids(), padded.ids());
    }
  }
};

TEST_P(RaggedBatches, HoldTheKeptStepsOfRandomBatches) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(7000 + seed);
    expect_kept_steps(random_case(rng));
    if (HasFailure()) return;
  }
}

TEST_P(RaggedBatches, OfFewRowsOfManyStepsAndManyRowsOfFew) {
  for (const CaseLimits limits :
       {CaseLimits{2, 300, 2, 2, 12}, CaseLimits{400, 2, 2, 2, 9}, CaseLimits{3, 4, 200, 2, 40}}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      SCOPED_TRACE(seed);
      Rng rng(7200 + seed);
      expect_kept_steps(random_case(rng, limits));
    }
  }
}

/// Embeddings of `dims` elements, each of a feature of its own.
Case embeddings(Rng& rng, const std::vector<std::int64_t>& dims, const CaseLimits& limits) {
  Case c;
  std::vector<std::int64_t> lengths;
  for (std::int64_t b = 0; b < limits.rows; ++b) lengths.push_back(rng.between(0, limits.steps));
  for (std::size_t k = 0; k < dims.size(); ++k) {
    const std::string key = "k" + std::to_string(100 + k);
    c.features[key] = random_feature(rng, DType::string, limits, lengths);
    const auto column =
        embedding_column(sequence_categorical_column_with_hash_bucket(key, 50), dims[k]);
    for (std::int64_t i = 0; i < 50 * dims[k]; ++i) c.tables[column.name()].push_back(rng.real());
    c.columns.emplace_back(column);
  }
  return c;
}

TEST_P(RaggedBatches, Of26Columns) {
  for (const std::int64_t rows : {2, 40}) {
    Rng rng(7300);
    Case c = embeddings(rng, std::vector<std::int64_t>(26, 5), {rows, 6, 2, 0, 0});
    c.options.max_length = 4;
    c.options.truncation = Truncation::keep_last;
    expect_kept_steps(c);
  }
}

// Outputs beyond the caches take other stores on the CPU, and several threads.
TEST_P(RaggedBatches, OfManyMegabytes) {
  for (const auto& dims : {std::vector<std::int64_t>{64}, {61}, {10, 16, 38}}) {
    Rng rng(7400);
    expect_kept_steps(embeddings(rng, dims, {600, 60, 1, 0, 0}));
  }
}

// Such a step has blocks of its own, which look for its place.
TEST_P(RaggedBatches, WithLongStepsBehindManyRows) {
  for (const std::int64_t dim : {2, 40}) {
    Rng rng(7450);
    Case c = embeddings(rng, {dim, 3}, {24, 4, 3, 0, 0});
    for (auto& [key, feature] : c.features) {
      for (const std::size_t row : {0U, 11U, 23U}) {
        feature.rows[row].resize(3, Step{"a"});
        feature.rows[row].back().assign(4100 + 500 * row, "b");
        feature.rows[row].front().assign(5000, "c");
      }
    }
    c.options.max_length = 3;
    c.options.truncation = Truncation::keep_first;
    expect_kept_steps(c);
  }
}

TEST_P(RaggedBatches, WithoutRowsOrWithoutSteps) {
  Rng rng(7500);
  Case c = embeddings(rng, {3, 4}, {2, 2, 1, 0, 0});
  for (const std::size_t rows : {0U, 5U}) {
    for (auto& [key, feature] : c.features) feature.rows.assign(rows, {});
    expect_kept_steps(c);
  }
}

TEST_P(RaggedBatches, ShareAWorkspaceWhosePlanIsLargerThanTheyAre) {
  // T is no part of such a plan.
  const BatchSizes most{
      .rows = 64, .steps = 5000, .tokens = 5000, .bytes = 200000, .padded_steps = 0};
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(7600 + seed);
    const Case c = random_case(rng);
    const SequenceFeatures layer = c.layer(backend());
    const Features features = c.pack();
    const Batch padded = layer(features);
    const Plan plan = layer.plan(most, kAll);
    EXPECT_EQ(plan.values, 0);
    EXPECT_EQ(plan.mask, 0);
    EXPECT_EQ(plan.row_offsets, 65);
    EXPECT_EQ(plan.ragged_values, 5000 * layer.dim());
    Place place(backend(), plan, seed % 2 == 0, stream());
    for (int round = 0; round < 3; ++round) {
      place.poison(stream());
      const BatchSizes shape = layer(features, place.outputs(), place.workspace(), stream());
      place.workspace().check(stream());
      ASSERT_EQ(shape, padded.sizes());
      const Written got = place.read(shape, layer.dim(), stream());
      EXPECT_EQ(got.values,
                bits_of(without_padding(padded.values(), padded.lengths(), padded.padded_steps(),
                                        c.options.padding_side)));
      EXPECT_EQ(got.row_offsets, row_offsets_of(padded.lengths(), 64));
      std::vector<std::int64_t> lengths(padded.lengths().begin(), padded.lengths().end());
      lengths.resize(64);
      EXPECT_EQ(got.lengths, lengths);
      const auto behind = place.behind(shape.steps * layer.dim(), stream());
      EXPECT_TRUE(std::ranges::all_of(behind, [](std::uint8_t byte) { return byte == 0xa5; }));
    }
  }
}

TEST_P(RaggedBatches, AndIdsAndLengthsNeedNoRoomForPadding) {
  // Of this width no tensor has a size: 3 * 2^62 slots overflow.
  Rng rng(7700);
  Case c = embeddings(rng, {3, 40}, {3, 5, 2, 0, 0});
  const Case longest = c;
  c.options.max_length = std::int64_t{1} << 62;
  c.options.padding = Padding::max_length;
  const SequenceFeatures layer = c.layer(backend());
  const Features features = c.pack();
  const Batch expected = longest.layer(backend())(features, Emit::values_and_ids);
  for (const Emit emit : {Emit::lengths, Emit::ids, Emit::ragged, kAll}) {
    const Batch batch = layer(features, emit);
    EXPECT_TRUE(std::ranges::equal(batch.lengths(), expected.lengths()));
    EXPECT_TRUE(batch.mask().empty());
    if (wants_ids(emit)) expect_ids(batch.ids(), expected.ids());
    if (wants_ragged(emit)) {
      EXPECT_EQ(bits_of(batch.ragged_values()),
                bits_of(without_padding(expected.values(), expected.lengths(),
                                        expected.padded_steps(), PaddingSide::right)));
    }
    const Plan plan = layer.plan(layer.measure(features), emit);
    EXPECT_EQ(plan.mask, 0);
    EXPECT_GT(plan.workspace_bytes, 0);
  }
  for (const Emit emit : {Emit::values, Emit::ids | Emit::mask}) {
    EXPECT_THROW((void)layer(features, emit), InvalidArgument);
    EXPECT_THROW((void)layer.plan(layer.measure(features), emit), InvalidArgument);
  }
}

TEST_P(RaggedBatches, GiveTheMaskWithIdsOnlyWhereItIsAskedFor) {
  Rng rng(7800);
  const Case c = embeddings(rng, {3}, {4, 5, 2, 0, 0});
  const SequenceFeatures layer = c.layer(backend());
  const Features features = c.pack();
  const Batch padded = layer(features, Emit::values_and_ids);
  const Batch ids = layer(features, Emit::ids | Emit::mask);
  EXPECT_TRUE(std::ranges::equal(ids.mask(), padded.mask()));
  EXPECT_TRUE(ids.values().empty());
  expect_ids(ids.ids(), padded.ids());
  const Batch values = layer(features, Emit::values_only);
  EXPECT_TRUE(values.mask().empty());
  EXPECT_EQ(bits_of(values.values()), bits_of(padded.values()));
}

TEST_P(RaggedBatches, AreRefusedWithValuesOrMaskAndOutsideTheirPlan) {
  Rng rng(7900);
  const Case c = embeddings(rng, {3}, {4, 5, 2, 0, 0});
  const SequenceFeatures layer = c.layer(backend());
  const Features features = c.pack();
  const BatchSizes capacity = layer.measure(features);
  for (const Emit form : {Emit::values, Emit::values_only, Emit::mask}) {
    EXPECT_THROW((void)layer(features, Emit::ragged | form), InvalidArgument);
    EXPECT_THROW((void)layer.plan(capacity, Emit::ragged | form), InvalidArgument);
  }
  Place ragged(backend(), layer.plan(capacity, kAll), true, stream());
  Place padded(backend(), layer.plan(capacity), true, stream());
  layer.pack(features, ragged.workspace(), stream());
  layer.pack(features, padded.workspace(), stream());
  Place lengths(backend(), layer.plan(capacity, Emit::lengths), false, stream());
  layer.pack(features, lengths.workspace(), stream());
  const auto expect_refused = [&](Place& place, const auto& change) {
    Outputs outputs = place.outputs();
    change(outputs);
    EXPECT_THROW(layer.compute(outputs, place.workspace(), stream()), InvalidArgument);
  };
  const Outputs of_ragged = ragged.outputs();
  const Outputs of_padded = padded.outputs();
  expect_refused(ragged, [&](Outputs& o) { o.values = of_padded.values; });
  expect_refused(ragged, [&](Outputs& o) { o.mask = of_padded.mask; });
  expect_refused(padded, [&](Outputs& o) { o.ragged_values = of_ragged.ragged_values; });
  expect_refused(padded, [&](Outputs& o) { o.row_offsets = of_ragged.row_offsets; });
  expect_refused(lengths, [&](Outputs& o) { o.ids = of_padded.ids; });
}

TEST_P(RaggedBatches, OfABareCategoricalColumnAreRefused) {
  const SequenceFeatures layer({sequence_categorical_column_with_hash_bucket("k", 10)}, backend());
  Features features;
  features.set("k", from_rows({{"a", "b"}}));
  EXPECT_THROW((void)layer(features, Emit::ragged), InvalidArgument);
}

TEST_P(RaggedBatches, OfFeaturesOnADeviceAreRefused) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no memory of its own";
  Rng rng(7950);
  Case c = embeddings(rng, {3}, {4, 5, 2, 0, 0});
  c.options.max_length = 5;
  c.options.padding = Padding::max_length;
  c.options.truncation = Truncation::keep_first;
  const SequenceFeatures layer = c.layer(backend());
  const Features host = c.pack();
  OnDevice memory(backend());
  const Features device = memory.keep(host, true);
  try {
    (void)layer(device, Emit::ragged);
    ADD_FAILURE() << "not refused";
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find("copy them to the host"), std::string::npos);
  }
  expect_ids(layer(device, Emit::ids).ids(), layer(host, Emit::ids).ids());
}

SEQFEAT_ON_EVERY_BACKEND(RaggedBatches);

}  // namespace
}  // namespace seqfeat::test
