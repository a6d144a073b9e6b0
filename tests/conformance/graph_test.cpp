// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "backend/launch_count.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"

// `compute` captured once and replayed over batches of other contents and counts.

namespace seqfeat::test {
namespace {

/// How a layer is replayed.
struct Setting {
  std::string name;
  CaseLimits limits;  ///< Of the largest batch.
  int batches;
  std::int64_t launches;  ///< That one capture holds.
  Emit emit = Emit::values;
  bool clips = false;
  LayerOptions options;
};

Case layer_of(const Setting& setting, Rng& rng) {
  Case c;
  c.options = setting.options;
  const auto add = [&](const CategoricalColumn& column, std::int64_t dim, Combiner combiner) {
    EmbeddingOptions options{.combiner = combiner};
    if (setting.clips) options.max_norm = 1.0;
    const auto embedding = embedding_column(column, dim, options);
    auto& table = c.tables[embedding.name()];
    for (std::int64_t i = 0; i < column.rows() * dim; ++i) table.push_back(rng.real());
    c.columns.emplace_back(embedding);
  };
  const auto hashed = [](const char* key, std::int64_t buckets, DType dtype) {
    return sequence_categorical_column_with_hash_bucket(key, buckets, dtype);
  };
  add(hashed("word", 30, DType::string), 5, Combiner::mean);
  add(hashed("number", 17, DType::int16), 16, Combiner::sqrtn);
  c.columns.emplace_back(indicator_column(hashed("word", 6, DType::string)));
  return c;
}

/// A batch of at most `limits.rows` rows, of no row in one of ten.
Features random_batch(Rng& rng, const CaseLimits& limits) {
  const std::int64_t rows = rng.once_in(10) ? 0 : rng.between(0, limits.rows);
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(rows));
  for (std::int64_t& length : lengths) length = rng.once_in(5) ? 0 : rng.between(0, limits.steps);
  Features batch;
  batch.set("word", random_feature(rng, DType::string, limits, lengths).pack());
  batch.set("number", random_feature(rng, DType::int16, limits, lengths).pack());
  return batch;
}

/// A batch of just `limits`: as many rows, each of as many steps, each of as many values.
Features full_batch(Rng& rng, const CaseLimits& limits) {
  const auto fill = [&](DType dtype) {
    ListFeature feature{dtype, {}};
    for (std::int64_t b = 0; b < limits.rows; ++b) {
      Row& row = feature.rows.emplace_back();
      for (std::int64_t t = 0; t < limits.steps; ++t) {
        Step& step = row.emplace_back();
        for (std::int64_t i = 0; i < limits.values; ++i) {
          step.push_back(dtype == DType::string ? rng.bytes(20) : random_token(rng, dtype));
        }
      }
    }
    return feature.pack();
  };
  Features batch;
  batch.set("word", fill(DType::string));
  batch.set("number", fill(DType::int16));
  return batch;
}

bool fits(const BatchSizes& need, const BatchSizes& most) {
  return need.rows <= most.rows && need.steps <= most.steps && need.tokens <= most.tokens &&
         need.bytes <= most.bytes && need.padded_steps <= most.padded_steps && need.ids <= most.ids;
}

class Graph : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend has no graphs";
  }

  /// The same by the CPU backend, filled up to the capacity's rows.
  static void expect_cpu(const SequenceFeatures& cpu, const Features& features,
                         const Written& written, Emit emit) {
    const Batch batch = cpu(features, emit);
    std::vector<float> values;
    for (const std::uint32_t bits : written.values) values.push_back(std::bit_cast<float>(bits));
    EXPECT_EQ(difference(values, wants_ragged(emit) ? batch.ragged_values() : batch.values()), "");
    std::vector<std::int64_t> lengths(batch.lengths().begin(), batch.lengths().end());
    lengths.resize(written.lengths.size());  // rows beyond the batch have none
    EXPECT_EQ(written.lengths, lengths);
    std::vector<std::int64_t> rows(batch.row_offsets().begin(), batch.row_offsets().end());
    rows.resize(written.row_offsets.size(), batch.steps());
    EXPECT_EQ(written.row_offsets, rows);
    EXPECT_TRUE(std::equal(batch.mask().begin(), batch.mask().end(), written.mask.begin(),
                           written.mask.end()));
    std::vector<std::int64_t> ids;
    for (const ColumnIds& column : batch.ids()) {
      ids.insert(ids.end(), column.ids.begin(), column.ids.end());
    }
    EXPECT_EQ(written.ids, ids);
  }
};

/// A small capacity takes one kernel, unless somebody wants ids or norms; a large one two or three.
std::vector<Setting> settings() {
  const CaseLimits small{5, 6, 3, 0, 0};
  const CaseLimits large{9, 9, 9, 0, 0};
  const LayerOptions left{.padding_side = PaddingSide::left};
  const LayerOptions last{.max_length = 4, .truncation = Truncation::keep_last};
  LayerOptions fixed{.max_length = 9,
                     .truncation = Truncation::keep_first,
                     .padding = Padding::max_length,
                     .padding_side = PaddingSide::left};
  constexpr Emit kValues = Emit::values;
  constexpr Emit kBoth = Emit::values_and_ids;
  return {{"small", small, 100, 2, kValues, false, {}},
          {"small, left, ids", small, 25, 2, kBoth, false, left},
          {"small, keep_last, max_norm", small, 25, 3, kValues, true, last},
          {"small, keep_last", small, 25, 2, kValues, false, last},
          {"large", large, 100, 2, kValues, false, fixed},
          {"large, ids, max_norm", large, 25, 3, kBoth, true, last},
          {"ragged, small, left", small, 25, 2, Emit::ragged, false, left},
          {"ragged, large, left", large, 40, 2, Emit::ragged, false, fixed},
          {"ragged, ids, max_norm", large, 40, 3, Emit::ragged | Emit::ids, true, last}};
}

TEST_P(Graph, ReplaysOverBatchesOfOtherContentsAndCounts) {
  for (const Setting& setting : settings()) {
    SCOPED_TRACE(setting.name);
    Rng rng(setting.name.size());
    const Case c = layer_of(setting, rng);
    const SequenceFeatures layer = c.layer(backend());
    const SequenceFeatures cpu = c.layer(Backend::cpu());
    const Features full = full_batch(rng, setting.limits);
    const BatchSizes most = layer.measure(full);
    const OwnStream own;
    const Plan plan = layer.plan(most, setting.emit);
    Place eager(backend(), plan, wants_ids(setting.emit), own.stream());
    Place place(backend(), plan, wants_ids(setting.emit), own.stream());
    BatchSizes shape =
        layer.pack(random_batch(rng, {0, 0, 0, 0, 0}), place.workspace(), own.stream());

    const std::int64_t before = detail::launch_count();
    const auto replay = captured(
        own.stream(), [&] { layer.compute(place.outputs(), place.workspace(), own.stream()); });
    EXPECT_EQ(detail::launch_count() - before, setting.launches);
    EXPECT_EQ(replay.nodes, setting.launches);  // and nothing beside kernels

    const auto expect_same = [&](const Features& features) {
      eager.poison(own.stream());
      place.poison(own.stream());
      replay();
      place.workspace().check(own.stream());
      const Written got = place.read(shape, layer.dim(), own.stream());
      ASSERT_EQ(layer(features, eager.outputs(), eager.workspace(), own.stream()), shape);
      EXPECT_EQ(got, eager.read(shape, layer.dim(), own.stream()));
      expect_cpu(cpu, features, got, setting.emit);
    };
    int replayed = 0;
    int refused = 0;
    Features last;
    while (replayed < setting.batches && !HasFailure()) {
      SCOPED_TRACE(replayed);
      // Now and then the largest batch, or one that has a row more.
      CaseLimits limits = setting.limits;
      limits.rows += rng.once_in(10) ? 1 : 0;
      Features next = limits.rows > setting.limits.rows || rng.once_in(10)
                          ? full_batch(rng, limits)
                          : random_batch(rng, limits);
      if (fits(layer.measure(next), most)) {
        shape = layer.pack(next, place.workspace(), own.stream());
        last = std::move(next);
        ++replayed;
      } else {
        EXPECT_THROW(layer.pack(next, place.workspace(), own.stream()), InvalidArgument);
        if (replayed == 0) continue;
        ++refused;  // and the batch before is still there
      }
      expect_same(last);
    }
    EXPECT_GT(refused, 0);
  }
}

SEQFEAT_ON_EVERY_BACKEND(Graph);

}  // namespace
}  // namespace seqfeat::test
