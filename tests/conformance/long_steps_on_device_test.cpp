// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/on_device.hpp"
#include "tests/support/reference.hpp"

// Steps of thousands of values in features that are in the device's memory already: rows hold more
// steps than are kept, and nobody has checked the offsets.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kLong = 4096;
constexpr std::int64_t kBuckets = 40;

class LongStepsOnDevice : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  }
};

/// Rows of steps of these sizes, of integers.
ListFeature integers_of(Rng& rng, const std::vector<std::vector<std::int64_t>>& rows) {
  ListFeature feature{DType::int32, {}};
  for (const auto& sizes : rows) {
    Row& row = feature.rows.emplace_back();
    for (const std::int64_t values : sizes) {
      Step& step = row.emplace_back();
      for (std::int64_t i = 0; i < values; ++i) step.push_back(std::to_string(rng.between(0, 60)));
    }
  }
  return feature;
}

void add_column(Case& c, Rng& rng, const std::string& key, std::int64_t dim) {
  EmbeddingOptions options{.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn})};
  if (rng.once_in(3)) options.max_norm = 1.5;
  const auto column = embedding_column(
      sequence_categorical_column_with_hash_bucket(key, kBuckets, DType::int32), dim, options);
  for (std::int64_t i = 0; i < kBuckets * dim; ++i) c.tables[column.name()].push_back(rng.real());
  c.columns.emplace_back(column);
}

/// Where the width is a multiple of something, steps that are cut off would still find a slot.
LayerOptions fixed_width(Rng& rng, std::int64_t max_length) {
  return {.max_length = max_length,
          .truncation = rng.pick({Truncation::keep_first, Truncation::keep_last}),
          .padding = Padding::max_length,
          .padding_side = rng.pick({PaddingSide::left, PaddingSide::right}),
          .pad_to_multiple_of = rng.pick<std::int64_t>({1, 3})};
}

// Each row's long steps stand where one side or the other is cut off.
TEST_P(LongStepsOnDevice, AreKeptOrCutOffWithTheirRows) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Rng rng(800 + seed);
    SCOPED_TRACE(seed);
    Case c;
    const std::int64_t at = rng.between(0, 2);
    for (const std::string key : {"a", "b"}) {
      const std::int64_t one = kLong + rng.between(1, 900);
      c.features[key] = integers_of(
          rng, {{one, 2, 1, at == 0 ? one : 1}, {}, {3, at == 1 ? one : 0, kLong, 1}, {1, one, 0}});
      add_column(c, rng, key, rng.pick<std::int64_t>({1, 3, 8, 33}));
    }
    c.options = fixed_width(rng, rng.between(1, 5));
    const Features host = c.pack();
    OnDevice memory(backend());
    Features device;
    for (const auto& [key, view] : host.views()) {
      RaggedView there = memory.keep(view, rng.once_in(2));
      there.trusted = rng.once_in(2);
      device.set(key, there);
    }
    ASSERT_EQ(difference(c.layer(backend())(device), answer_by_lists(c)), "");
  }
}

/// Offsets into `kValues` integers that may lie.
struct Lies {
  static constexpr std::int64_t kValues = 9'001;
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> steps;

  [[nodiscard]] RaggedView keep(OnDevice& memory, bool trusted) const {
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(kValues), 7);
    RaggedView view;
    view.row_offsets = memory.keep(offsets_of(rows), true);
    view.step_offsets = memory.keep(offsets_of(steps), true);
    view.data = memory.keep(tokens.data(), kValues);
    view.value_count = kValues;
    view.dtype = DType::int32;
    view.location = Location::device;
    view.trusted = trusted;
    return view;
  }
};

std::vector<Lies> all_lies() {
  constexpr std::int64_t kFar = std::int64_t{1} << 40;
  return {{{0, 2, 1, 3}, {0, 1, 6000, 9001}},           // two rows claim a step
          {{0, 3, 0, 3}, {0, 1, 6000, 9001}},           // or all of them
          {{2, 1, 0, 2}, {0, 5000, 8, 9001}},           // both levels decrease
          {{0, 1, 2, 3}, {0, 9001, 0, 9001}},           // steps hold the same values
          {{0, 1, 2, 3}, {5000, 0, 5000, 0}},           // no step begins at 0
          {{1, 1, 1, 1}, {0, 4097, 4098, 9001}},        // no row holds a step
          {{-kFar, kFar, -1, kFar}, {0, 1, 2, 9001}},   // rows lead outside the steps
          {{0, 1, 2, 3}, {-kFar, kFar, -kFar, kFar}}};  // steps lead outside the values
}

TEST_P(LongStepsOnDevice, LeaveNoCellUnwrittenWhateverOffsetsSay) {
  std::uint64_t seed = 900;
  for (const Lies& lies : all_lies()) {
    for (const std::int64_t max_length : {1, 2, 4}) {
      SCOPED_TRACE(testing::Message() << "lie " << (seed - 900) / 3 << ", width " << max_length);
      Rng rng(seed++);
      Case c;
      add_column(c, rng, "k", rng.pick<std::int64_t>({1, 3, 8}));
      c.options = fixed_width(rng, max_length);
      OnDevice memory(backend());
      Features features;
      features.set("k", lies.keep(memory, max_length == 2));
      const SequenceFeatures layer = c.layer(backend());
      const Plan plan = layer.plan(layer.measure(features));
      Workspace workspace(backend(), plan, stream());
      const std::vector<std::uint32_t> poison(static_cast<std::size_t>(plan.values), 0xa5a5a5a5);
      const Buffer values = to_backend<std::uint32_t>(backend(), poison);
      const Buffer lengths(backend().memory(), plan.capacity.rows * 8, stream());
      Outputs outputs;
      outputs.values = values.data();
      outputs.lengths = lengths.as<std::int64_t>();
      layer(features, outputs, workspace, stream());
      for (const auto cell : to_host(backend(), values.as<const std::uint32_t>(), plan.values)) {
        ASSERT_NE(cell, 0xa5a5a5a5);
      }
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(LongStepsOnDevice);

}  // namespace
}  // namespace seqfeat::test
