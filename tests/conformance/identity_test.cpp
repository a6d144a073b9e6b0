// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/conformance/stored_case.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/refusal.hpp"

// Ids that come from the values themselves: some have no row, some are past the end.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kBuckets = 40;

class Identity : public BackendTest {};

/// A step of `values` values, of which about one of `share` is negative.
Step random_step(Rng& rng, std::int64_t values, std::int64_t share) {
  Step step;
  for (std::int64_t i = 0; i < values; ++i) {
    step.push_back(
        std::to_string(rng.once_in(share) ? rng.between(-9, -1) : rng.between(0, kBuckets - 1)));
  }
  return step;
}

EmbeddingColumn embedded(Rng& rng, const std::string& key, std::int64_t dim, DType dtype) {
  EmbeddingOptions options{.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn})};
  if (rng.once_in(3)) options.max_norm = 1.5;
  return embedding_column(
      sequence_categorical_column_with_identity(key, kBuckets, std::nullopt, dtype), dim, options);
}

void add(Case& c, Rng& rng, const EmbeddingColumn& column) {
  c.tables[column.name()] = random_floats(rng, column.categorical().rows() * column.dimension());
  c.columns.emplace_back(column);
}

/// Columns without a default over steps of any size, beside columns of other sources.
Case random_identities(Rng& rng, std::int64_t longest) {
  Case c;
  const DType dtype = rng.pick({DType::int8, DType::int32, DType::int64});
  const std::int64_t share = rng.pick<std::int64_t>({1, 2, 5, 100});
  std::vector<std::int64_t> lengths;
  for (std::int64_t rows = rng.between(1, 5); rows > 0; --rows)
    lengths.push_back(rng.between(0, 5));
  for (const std::string key : {"a", "b"}) {
    ListFeature feature{dtype, {}};
    for (const std::int64_t length : lengths) {
      Row& row = feature.rows.emplace_back();
      for (std::int64_t t = 1; t <= length; ++t) {
        const std::int64_t least = t == length ? 1 : 0;
        row.push_back(random_step(rng, rng.once_in(3) ? 1 : rng.between(least, longest), share));
      }
    }
    c.features[key] = feature;
  }
  add(c, rng, embedded(rng, "a", rng.pick<std::int64_t>({1, 3, 4, 16, 33}), dtype));
  const auto hashed = sequence_categorical_column_with_hash_bucket("b", kBuckets, dtype);
  if (rng.once_in(2)) add(c, rng, embedding_column(hashed, rng.between(1, 8)));
  if (rng.once_in(2)) {
    c.columns.emplace_back(
        indicator_column(sequence_categorical_column_with_identity("b", 13, std::nullopt, dtype)));
  }
  if (std::ssize(c.columns) == 1) c.features.erase("b");
  c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
  if (rng.once_in(2)) {
    c.options.max_length = rng.between(1, 4);
    c.options.truncation = rng.pick({Truncation::keep_first, Truncation::keep_last});
  }
  return c;
}

TEST_P(Identity, AgreesWithListsWhereValuesHaveNoRow) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(4200 + seed);
    const Case c = random_identities(rng, rng.pick<std::int64_t>({2, 12, 70}));
    const SequenceFeatures layer = c.layer(backend());
    const Answer expected = answer_by_lists(c);
    for (const Emit emit : {Emit::values, Emit::values_and_ids}) {
      ASSERT_EQ(difference(layer(c.pack(), emit), expected), "");
    }
    ASSERT_EQ(StoredCase(c, backend(), rng, rng.pick({FloatType::float32, FloatType::float16}))
                  .difference_from_lists(rng.between(1, 2)),
              "");
  }
}

// A warp takes the norms of four rows side by side, of which any may be missing.
TEST_P(Identity, AgreesWithListsWhereWideRowsAreClipped) {
  for (const std::int64_t dim : {31, 32, 40, 134, 263}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      SCOPED_TRACE(testing::Message() << dim << " elements, seed " << seed);
      Rng rng(4600 + seed);
      Case c;
      for (const std::int64_t values : {1, 4, 7, 8, 21}) {
        c.features["k"].rows.push_back({random_step(rng, values, 2)});
      }
      c.features["k"].dtype = DType::int64;
      add(c, rng,
          embedding_column(sequence_categorical_column_with_identity("k", kBuckets), dim,
                           {.max_norm = 1.5}));
      ASSERT_EQ(
          StoredCase(std::move(c), backend(), rng, FloatType::float32).difference_from_lists(), "");
    }
  }
}

// Steps of one size have no offsets, on the host and on a device.
TEST_P(Identity, AgreesWithListsInStepsOfOneSize) {
  for (const std::int64_t values : {2, 3, 9, 32, 33, 70, 97, 128}) {  // 32 at a time, or 128
    for (const bool on_device : {false, true}) {
      if (on_device && !backend().on_device()) continue;
      SCOPED_TRACE(testing::Message() << values << " values" << (on_device ? " on a device" : ""));
      Rng rng(static_cast<std::uint64_t>(4500 + values));
      Case c;
      for (int b = 0; b < 5; ++b) {
        Row& row = c.features["k"].rows.emplace_back();
        for (std::int64_t t = rng.between(0, 4); t > 0; --t) {
          row.push_back(random_step(rng, values, 2));
        }
      }
      c.features["k"].dtype = DType::int64;
      c.options = {.max_length = 4, .padding = Padding::max_length};
      add(c, rng, embedded(rng, "k", 4, DType::int64));
      const Features lists = c.pack();
      RaggedView view = lists.views().at("k");
      view.step_offsets = {};
      view.values_per_step = values;
      OnDevice memory(backend());
      Features features;
      features.set("k", on_device ? memory.keep(view, values % 2 == 0) : view);
      ASSERT_EQ(difference(c.layer(backend())(features), answer_by_lists(c)), "");
    }
  }
}

// A step is long by what is left of it.
TEST_P(Identity, AgreesWithListsInLongSteps) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(4400 + seed);
    ListFeature feature{DType::int64, {}};
    const std::int64_t share = rng.pick<std::int64_t>({2, 3, 50});
    for (const std::int64_t values :
         {rng.between(1, 9), rng.between(4090, 4110), rng.between(4097, 13'000)}) {
      feature.rows.push_back({random_step(rng, 2, 1), random_step(rng, values, share)});
    }
    Case c;
    c.features["k"] = feature;
    add(c, rng, embedded(rng, "k", rng.pick<std::int64_t>({1, 3, 4}), DType::int64));
    ASSERT_EQ(StoredCase(std::move(c), backend(), rng, FloatType::float32, FloatType::float32)
                  .difference_from_lists(),
              "");
  }
}

SequenceFeatures layer_of(const Column& column, const Backend& backend, LayerOptions options = {}) {
  return {{column}, backend, options};
}
std::string error_of(const SequenceFeatures& layer, const Features& features) {
  return refusal<DataError>([&] { return layer(features); });
}

// A warp copies the ids of hashed values a lane each, several rounds at once.
/// What a batch writes in a workspace for so many more ids that a warp takes 128 of them.
Written written_with_room(const Case& c, const Features& features, const Backend& backend) {
  const SequenceFeatures layer = c.layer(backend);
  BatchSizes capacity = layer.measure(features);
  capacity.tokens = 140'000;
  capacity.ids = capacity.tokens;
  Place place(backend, layer.plan(capacity), true, kHostStream);
  const BatchSizes shape = layer(features, place.outputs(), place.workspace(), kHostStream);
  return place.read(shape, layer.dim(), kHostStream);
}

std::vector<float> floats_of(const Written& written) {
  std::vector<float> floats;
  for (const std::uint32_t bits : written.values) floats.push_back(std::bit_cast<float>(bits));
  return floats;
}

TEST_P(Identity, BesideAHashedColumnGivesAllIdsOfAnyNumberOfValues) {
  for (std::int64_t values = 96; values <= 129; ++values) {
    SCOPED_TRACE(values);
    Rng rng(static_cast<std::uint64_t>(4900 + values));
    Case c;
    for (const std::string key : {"a", "b"}) {
      c.features[key].dtype = DType::int64;
      c.features[key].rows.push_back({random_step(rng, values, 3)});
    }
    add(c, rng,  // the first of a warp's
        embedding_column(sequence_categorical_column_with_hash_bucket("a", kBuckets, DType::int64),
                         2));
    add(c, rng, embedding_column(sequence_categorical_column_with_identity("b", kBuckets), 2));
    const Features features = c.pack();
    const Written here = written_with_room(c, features, backend());
    const Written expected = written_with_room(c, features, Backend::cpu());
    ASSERT_EQ(here.ids, expected.ids);
    ASSERT_EQ(difference(floats_of(here), floats_of(expected)), "");
  }
}

TEST_P(Identity, RefusesValuesPastTheEndOfATable) {
  const auto ids = sequence_categorical_column_with_identity("key", 4);
  Ragged rows(DType::int64);
  for (const std::int64_t value : {1, -3, 4, 2}) {
    rows.add_value(value);
    rows.end_step();
    if (value < 0) rows.end_row();
  }
  rows.end_row();
  Features features;
  features.set("key", rows.view());
  const auto embedding = embedding_column(ids, 3);
  EXPECT_TRUE(
      holds(error_of(layer_of(embedding, backend()), features), "key", "row 1", "id 4", "4"));
  EXPECT_EQ(error_of(layer_of(indicator_column(ids), backend()), features), "");
  const auto with_default = sequence_categorical_column_with_identity("key", 4, 0);
  EXPECT_EQ(error_of(layer_of(embedding_column(with_default, 3), backend()), features), "");
  // What is cut off is not looked up.
  const LayerOptions last{.max_length = 1, .truncation = Truncation::keep_last};
  EXPECT_EQ(error_of(layer_of(embedding, backend(), last), features), "");
}

TEST_P(Identity, OfIntegersBeyondInt64IsPastTheEnd) {
  Ragged rows(DType::uint64);
  rows.add_value(std::uint64_t{1} << 63);
  rows.add_value(std::uint64_t{2});
  rows.end_row();
  Features features;
  features.set("key", rows.view());
  const auto ids = sequence_categorical_column_with_identity("key", 4, std::nullopt, DType::uint64);
  const Batch batch = layer_of(indicator_column(ids), backend())(features, Emit::values_and_ids);
  EXPECT_EQ(batch.ids()[0].ids, (std::vector<std::int64_t>{INT64_MAX, 2}));
  EXPECT_EQ(std::vector<float>(batch.values().begin(), batch.values().end()),
            (std::vector<float>{0, 0, 1, 0}));
  EXPECT_TRUE(holds(error_of(layer_of(embedding_column(ids, 3), backend()), features), "key",
                    "row 0", "id 9223372036854775808"));
}

// The smallest integer lies farther from a cell than an int64 can say.
TEST_P(Identity, CountsNoIntegerOutsideTheRange) {
  constexpr std::int64_t kWidth = 2500;
  Ragged rows(DType::int64);
  for (const std::int64_t value : {INT64_MIN, kWidth - 1, INT64_MAX, kWidth, std::int64_t{-1}}) {
    rows.add_value(value);
  }
  rows.end_step();
  rows.end_row();
  Features features;
  features.set("key", rows.view());
  const SequenceFeatures layer = layer_of(
      indicator_column(sequence_categorical_column_with_identity("key", kWidth)), backend());
  std::vector<float> expected(kWidth);
  expected.back() = 1;
  for (const FloatType type : kFloatTypes) {
    const Stream stream = backend().impl().own_stream();
    const Plan plan = layer.plan(layer.measure(features), Emit::values);
    Place place(backend(), plan, false, stream);
    Outputs outputs = place.outputs();
    outputs.type = type;
    (void)layer(features, outputs, place.workspace(), stream);
    place.workspace().check(stream);
    EXPECT_EQ(widened(type, to_host(backend(), static_cast<const std::byte*>(outputs.values),
                                    kWidth * size_of(type))),
              expected);
  }
}

// The device sees what the host cannot: the column, the row and the step of the first bad id.
TEST_P(Identity, OfFeaturesOnADeviceReportsTheFirstIdPastTheEnd) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  constexpr int kColumns = 20;
  constexpr int kRows = 100;
  Rng rng(1);
  for (int round = 0; round < 12; ++round) {
    const bool last = round < 6;
    const int cut_off = last ? 0 : 2;  // of three steps, whatever it says
    const int bad_step = last ? 2 : 0;
    const LayerOptions two{.max_length = 2,
                           .truncation = last ? Truncation::keep_last : Truncation::keep_first,
                           .padding = Padding::max_length};
    const auto bad_column = static_cast<std::int64_t>(rng.between(0, kColumns - 1));
    const std::int64_t bad_row = rng.between(0, kRows - 1);
    const bool nested = round % 3 > 0;  // steps of one value, of any number, of two each
    std::vector<Column> columns;
    OnDevice memory(backend());
    Features features;
    for (int k = 0; k < kColumns; ++k) {
      const std::string key = std::string(1, static_cast<char>('a' + k));
      columns.emplace_back(
          embedding_column(sequence_categorical_column_with_identity(key, kBuckets), 1 + k % 5));
      Ragged rows(DType::int64);
      for (int b = 0; b < kRows; ++b) {
        for (int t = 0; t < 3; ++t) {
          const bool bad = t == cut_off || (k == bad_column && b >= bad_row && t == bad_step);
          if (nested) rows.add_value(std::int64_t{3});
          rows.add_value(bad ? kBuckets : std::int64_t{-1});
          rows.end_step();
        }
        for (int hole = 0; round % 3 == 1 && hole < b % 5; ++hole) rows.end_step();
        rows.end_row();
      }
      RaggedView view = memory.keep(rows.view(), round % 2 == 0);
      if (round % 3 == 2) {
        view.step_offsets = {};
        view.values_per_step = 2;
      }
      features.set(key, view);
    }
    const std::string message = error_of(SequenceFeatures(columns, backend(), two), features);
    EXPECT_TRUE(
        holds(message, (std::string("'") + static_cast<char>('a' + bad_column) + "_emb").c_str(),
              ("row " + std::to_string(bad_row) + ", step " + std::to_string(bad_step)).c_str(),
              "past the end"));
  }
}

// The kernel that hashes strings looks at the ids of the other columns.
TEST_P(Identity, BesideStringsOnADeviceReportsTheFirstIdPastTheEnd) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  constexpr int kRows = 9;
  constexpr int kBadRow = 4;
  std::vector<std::vector<std::string>> words;
  Ragged ids(DType::int64);
  for (int b = 0; b < kRows; ++b) {
    words.push_back({"a", "word"});
    ids.add_value(std::int64_t{1});
    ids.end_step();
    ids.add_value(b < kBadRow ? std::int64_t{2} : kBuckets + b);
    ids.end_step();
    ids.end_row();
  }
  const Ragged strings = from_rows(words);
  OnDevice memory(backend());
  Features features;
  features.set("w", memory.keep(strings.view(), true));
  features.set("i", memory.keep(ids.view(), true));
  const SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_hash_bucket("w", 10), 3),
       embedding_column(sequence_categorical_column_with_identity("i", kBuckets), 2)},
      backend(), {.max_length = 2, .padding = Padding::max_length});
  const std::string message = error_of(layer, features);
  EXPECT_TRUE(holds(message, "'i_emb", "row 4, step 1", "past the end")) << message;
}

// What a graph holds is told by the columns, not by the batch over which it was captured. What lies
// behind a batch's ids stays as it is.
TEST_P(Identity, IsReplayedOverStepsOfAnySize) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no graphs";
  Rng rng(5);
  Case c;
  add(c, rng, embedded(rng, "k", 5, DType::int64));
  add(c, rng,
      embedding_column(sequence_categorical_column_with_hash_bucket("w", 9, DType::int64), 2));
  c.features["k"] = c.features["w"] = {DType::int64, {{{"1"}, {"-1"}}}};
  const SequenceFeatures layer = c.layer(backend());
  const OwnStream own;
  const Plan plan =
      layer.plan({.rows = 4, .steps = 20, .tokens = 1800, .padded_steps = 6}, Emit::values_and_ids);
  Place place(backend(), plan, true, own.stream());
  (void)layer.pack(c.pack(), place.workspace(), own.stream());
  const auto replay = captured(
      own.stream(), [&] { layer.compute(place.outputs(), place.workspace(), own.stream()); });
  for (int round = 0; round < 20; ++round) {
    c.features["k"] = {DType::int64, {}};
    for (int b = 0; b < 3; ++b) {
      c.features["k"].rows.push_back(
          {random_step(rng, rng.between(0, 70), 3), random_step(rng, rng.between(1, 40), 2)});
    }
    c.features["w"] = c.features["k"];
    const BatchSizes sizes = layer.pack(c.pack(), place.workspace(), own.stream());
    place.poison(own.stream());
    replay();
    const Written written = place.read(sizes, layer.dim(), own.stream());
    std::vector<float> values;
    for (const std::uint32_t bits : written.values) values.push_back(std::bit_cast<float>(bits));
    Answer expected = answer_by_lists(c);
    ASSERT_EQ(difference(values, expected.values), "") << round;
    std::vector<std::int64_t> ids = expected.ids["k_embedding"];
    ids.insert(ids.end(), expected.ids["w_embedding"].begin(), expected.ids["w_embedding"].end());
    ids.resize(static_cast<std::size_t>(plan.ids), static_cast<std::int64_t>(0xa5a5a5a5a5a5a5a5));
    ASSERT_EQ(to_host(backend(), place.outputs().ids, plan.ids), ids) << round;
  }
}

SEQFEAT_ON_EVERY_BACKEND(Identity);

}  // namespace
}  // namespace seqfeat::test
