// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "backend/launch_count.hpp"
#include "layer/crossed_steps.hpp"
#include "seqfeat/error.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

// Crosses of features. Random batches (layer_test.cpp and others) mix them with all else; here is
// what a batch of them says by itself. tests/golden has TensorFlow's ids.

namespace seqfeat::test {
namespace {

using Ids = std::vector<std::int64_t>;
using Strings = std::vector<std::vector<std::vector<std::string>>>;

class Crossed : public BackendTest {
 protected:
  static ColumnIds ids_of(const Column& column, const Features& features,
                          const LayerOptions& options = {}) {
    const SequenceFeatures layer({column}, backend(), options);
    return layer(features, Emit::ids).ids().at(0);
  }
  static Features two(const Strings& a, const Strings& b) {
    Features features;
    features.set("a", from_nested_rows(a));
    features.set("b", from_nested_rows(b));
    return features;
  }
  static std::string refused(const Column& column, const Features& features) {
    return refusal<DataError>([&] { return ids_of(column, features); });
  }
  /// Ids of strings by the rule.
  static Ids expected(const std::vector<std::vector<std::string>>& crosses, std::int64_t buckets) {
    Ids ids;
    for (const auto& tokens : crosses) {
      std::uint64_t hash = kDefaultCrossKey;
      for (const std::string& token : tokens) hash = fingerprint_cat64(hash, fingerprint64(token));
      ids.push_back(static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(buckets)));
    }
    return ids;
  }
};

const Column kCross = sequence_crossed_column({"a", "b"}, 1000);

TEST_P(Crossed, CrossesTheValuesOfEachStep) {
  const ColumnIds got = ids_of(
      kCross, two({{{"x", "y"}, {"z"}}, {}, {{"x"}}}, {{{"1", "2"}, {"3"}}, {}, {{"4", "5"}}}));
  EXPECT_EQ(got.name, "a_X_b");
  EXPECT_EQ(got.row_offsets, (Ids{0, 2, 2, 3}));
  EXPECT_EQ(got.step_offsets, (Ids{0, 4, 5, 7}));
  EXPECT_EQ(
      got.ids,
      expected({{"x", "1"}, {"x", "2"}, {"y", "1"}, {"y", "2"}, {"z", "3"}, {"x", "4"}, {"x", "5"}},
               1000));
}

TEST_P(Crossed, StepsInWhichAFeatureIsEmptyHaveNone) {
  const ColumnIds got = ids_of(kCross, two({{{"x"}, {}, {"y"}}}, {{{"1"}, {"2", "3"}, {"4"}}}));
  EXPECT_EQ(got.step_offsets, (Ids{0, 1, 1, 2}));
  EXPECT_EQ(got.ids, expected({{"x", "1"}, {"y", "4"}}, 1000));
}

TEST_P(Crossed, RowsEndWithTheirLastCrossedValue) {
  const Strings a = {{{"x"}, {"y"}, {}}, {{}}, {{"z"}, {"w"}}};
  const Strings b = {{{"1"}, {}, {"2"}}, {{"3"}}, {{"4"}, {"5"}}};
  ColumnIds got = ids_of(kCross, two(a, b));
  EXPECT_EQ(got.row_offsets, (Ids{0, 1, 1, 3}));
  EXPECT_EQ(got.ids, expected({{"x", "1"}, {"z", "4"}, {"w", "5"}}, 1000));
  // What is kept of the features is what is kept of the cross.
  got = ids_of(kCross, two(a, b), {.max_length = 1, .truncation = Truncation::keep_last});
  EXPECT_EQ(got.row_offsets, (Ids{0, 1, 1, 2}));
  EXPECT_EQ(got.ids, expected({{"x", "1"}, {"w", "5"}}, 1000));
}

TEST_P(Crossed, EmptyStepsAtTheEndNeedNotBeGiven) {
  const ColumnIds got = ids_of(kCross, two({{{"x"}, {}}, {{"y"}}}, {{{"1"}}, {{"2"}, {}, {}}}));
  EXPECT_EQ(got.row_offsets, (Ids{0, 1, 2}));
  EXPECT_EQ(got.ids, expected({{"x", "1"}, {"y", "2"}}, 1000));
}

TEST_P(Crossed, RefusesRowsOfOtherSteps) {
  const std::string why = refused(kCross, two({{{"x"}}, {{"y"}, {"z"}}}, {{{"1"}}, {{"2"}}}));
  EXPECT_TRUE(holds(why, "row 1", "'b' has 1, expected 2 as 'a' has")) << why;
  Features flat;
  flat.set("a", from_rows({{"x"}, {"y", "z"}}));
  flat.set("b", from_rows({{"x", "y"}, {"z"}}));
  const std::string again = refused(kCross, flat);
  EXPECT_TRUE(holds(again, "row 0", "'b' has 2, expected 1 as 'a' has")) << again;
}

TEST_P(Crossed, BesideAColumnOfOneOfItsFeaturesHasItsLength) {
  const Column plain = sequence_categorical_column_with_hash_bucket("a", 9);
  const SequenceFeatures layer({plain, kCross}, backend());
  EXPECT_NO_THROW((void)layer(two({{{"x"}, {"y"}}}, {{{"1"}, {"2"}}}), Emit::ids));
  const std::string why = refusal<DataError>([&] {
    return layer(two({{{"x"}, {"y"}}}, {{{"1"}, {}}}), Emit::ids);
  });
  EXPECT_TRUE(holds(why, "row 0", "'a' has 2", "'a_X_b' has 1")) << why;
}

/// Crosses of two to four features of any type, every step of which has some values or none.
Case crosses(std::uint64_t seed) {
  Rng rng(7000 + seed);
  Case c;
  const auto count = static_cast<std::size_t>(rng.between(2, 4));
  std::vector<FeatureKey> keys;
  const std::int64_t rows = rng.between(0, 6);
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(rows));
  for (std::int64_t& length : lengths) length = rng.between(0, 5);
  for (std::size_t k = 0; k < count; ++k) {
    const DType dtype = rng.pick({DType::string, DType::int64, DType::uint64, DType::int8});
    const std::string key = "k" + std::to_string(k);
    keys.emplace_back(key, dtype);
    ListFeature& feature = c.features[key] = {dtype, {}};
    const bool flat = rng.once_in(4);
    for (const std::int64_t length : lengths) {
      Row& row = feature.rows.emplace_back();
      for (std::int64_t t = 0; t < length; ++t) {
        Step& step = row.emplace_back();
        for (std::int64_t i = flat ? 1 : rng.between(0, 3); i > 0; --i) {
          step.push_back(random_token(rng, dtype));
        }
      }
    }
  }
  if (rng.once_in(3)) keys.push_back(keys.front());
  for (std::size_t k = keys.size() - 1; k > 0; --k) {
    std::swap(keys[k], keys[static_cast<std::size_t>(rng.between(0, static_cast<int>(k)))]);
  }
  c.columns = {embedding_column(sequence_crossed_column(keys, 50, rng.bits()), 5,
                                {.combiner = rng.pick({Combiner::mean, Combiner::sum})})};
  // The same features in another order, so that its steps are those of the other cross.
  std::swap(keys.front(), keys.back());
  c.columns.emplace_back(indicator_column(sequence_crossed_column(keys, 7)));
  std::vector<float>& table = c.tables[name_of(c.columns[0])];
  for (int i = 0; i < 250; ++i) table.push_back(rng.real());
  if (!rng.once_in(3)) {
    c.options.max_length = rng.between(1, 6);
    c.options.truncation = rng.pick({Truncation::keep_first, Truncation::keep_last});
  }
  c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
  return c;
}

TEST_P(Crossed, AnswersAsListsDo) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const Case c = crosses(seed);
    const SequenceFeatures layer = c.layer(backend());
    const Features features = c.pack();
    const Answer expected = answer_by_lists(c);
    ASSERT_EQ(difference(layer(features), expected), "");
    ASSERT_EQ(difference(layer(features, Emit::values_and_ids), expected), "");
    const Batch ragged = layer(features, Emit::ragged);
    EXPECT_EQ(difference(ragged.ragged_values(),
                         without_padding(std::span<const float>(expected.values), expected.lengths,
                                         expected.width, c.options.padding_side)),
              "");
  }
}

TEST_P(Crossed, RefusesStepsOfMoreValuesThanCanBeCounted) {
  const std::string one = "x";
  for (const std::int64_t values : {std::int64_t{1} << 31, std::int64_t{1} << 40}) {
    const std::vector<std::int64_t> rows = {0, 0, 2};
    const std::vector<std::int64_t> steps = {0, 1, values};
    RaggedView view;
    view.row_offsets = offsets_of(rows);
    view.step_offsets = offsets_of(steps);
    view.data = one.data();  // of which nothing is read
    view.value_count = values;
    view.dtype = DType::int8;
    Features features;
    features.set("a", view);
    features.set("b", view);
    const FeatureKey a("a", DType::int8);
    const FeatureKey b("b", DType::int8);
    const std::string why = refused(sequence_crossed_column({a, b}, 9), features);
    EXPECT_TRUE(holds(why, "row 1", "step 1", "'a' has " + std::to_string(values - 1),
                      "'b' has " + std::to_string(values - 1)))
        << why;
    view.step_offsets = {};
    view.values_per_step = values / 2;
    features.set("a", view);
    features.set("b", view);
    EXPECT_TRUE(holds(refused(sequence_crossed_column({a, a, b}, 9), features),
                      "'a' has " + std::to_string(values / 2)));
  }
}

TEST_P(Crossed, SharesATableWithOthers) {
  Case c;
  c.features["a"] = {DType::string, {{{"x", "y"}, {"z"}}}};
  c.features["b"] = {DType::string, {{{"x"}, {"z", "z"}}}};
  c.columns = {shared_embedding_column(sequence_crossed_column({"a", "b"}, 9), 2, "t"),
               shared_embedding_column(sequence_crossed_column({"b", "b"}, 9), 2, "t")};
  for (int i = 0; i < 18; ++i) c.tables["t"].push_back(static_cast<float>(i));
  EXPECT_EQ(difference(c.layer(backend())(c.pack()), answer_by_lists(c)), "");
}

TEST_P(Crossed, TakesThreeLaunchesWhateverItsNumber) {
  std::vector<Column> columns;
  Features features;
  for (int k = 0; k < 300; ++k) {
    const std::string key = "k" + std::to_string(k);
    features.set(key, k % 2 == 0 ? from_rows({{"a", "b"}, {"c"}})
                                 : from_nested_rows(Strings{{{"a", "x"}, {"b"}}, {{"c"}}}));
    if (k == 0) continue;
    const auto cross = sequence_crossed_column({"k" + std::to_string(k - 1), key}, 20);
    columns.emplace_back(embedding_column(cross, 1 + k % 3));
  }
  const SequenceFeatures layer(columns, backend());
  for (const Emit emit : {Emit::values, Emit::values_and_ids, Emit::ragged, Emit::ids}) {
    (void)layer(features, emit);
    const std::int64_t before = detail::launch_count();
    (void)layer(features, emit);
    EXPECT_LE(detail::launch_count() - before, 3);
  }
}

/// A case whose features come from a device, in steps of as many values each.
class CrossedOnDevice : public Crossed {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  }
  static constexpr LayerOptions kOptions{.max_length = 4, .padding = Padding::max_length};

  static Features strings(const Strings& a, const Strings& b, OnDevice& memory) {
    return memory.keep(two(a, b), true);
  }
  /// The steps of the cross, as somebody gives them who knows them.
  static RaggedView steps(const std::vector<std::int64_t>& rows,
                          const std::vector<std::int64_t>& steps, OnDevice& memory) {
    RaggedView view;
    view.row_offsets = memory.keep(offsets_of(rows), true);
    view.step_offsets = memory.keep(offsets_of(steps), true);
    view.data = view.row_offsets.data;  // of which nothing is read
    view.value_count = steps.back();
    view.dtype = DType::int64;
    view.location = Location::device;
    return view;
  }
};

TEST_P(CrossedOnDevice, StepsOfAsManyValuesEachNeedNoMore) {
  OnDevice memory(backend());
  Features host;
  host.set("a", from_rows({{"x", "y"}, {}, {"z"}}));
  host.set("b", from_rows({{"1", "2"}, {}, {"3"}}));
  const ColumnIds got = ids_of(kCross, memory.keep(host, true), kOptions);
  EXPECT_EQ(got.row_offsets, (Ids{0, 2, 2, 3}));
  EXPECT_EQ(got.ids, expected({{"x", "1"}, {"y", "2"}, {"z", "3"}}, 1000));
  host.set("b", from_rows({{"1", "2"}, {"3"}, {}}));
  const Features other = memory.keep(host, true);
  const std::string why = refusal<DataError>([&] { return ids_of(kCross, other, kOptions); });
  EXPECT_TRUE(holds(why, "'a_X_b'", "row 1")) << why;
}

TEST_P(CrossedOnDevice, OtherStepsNeedTheirNumberOfValues) {
  OnDevice memory(backend());
  Features features =
      strings({{{"x", "y"}, {"z"}}, {{"x"}, {}}}, {{{"1"}, {"2", "3"}}, {{"4"}}}, memory);
  const std::string why =
      refusal<InvalidArgument>([&] { return ids_of(kCross, features, kOptions); });
  EXPECT_TRUE(holds(why, "'a'", "step_offsets", "copy the features to the host")) << why;
  const std::string key = detail::cross_key({"a", "b"});
  features.set(key, steps({0, 2, 3}, {0, 2, 4, 5}, memory));
  const ColumnIds got = ids_of(kCross, features, kOptions);
  EXPECT_EQ(got.ids, expected({{"x", "1"}, {"y", "1"}, {"z", "2"}, {"z", "3"}, {"x", "4"}}, 1000));
  for (const auto& wrong : {Ids{0, 2, 4, 4}, {0, 2, 3, 5}, {0, 3, 4, 5}, {0, 0, 4, 5}}) {
    features.set(key, steps({0, 2, 3}, wrong, memory));
    EXPECT_TRUE(holds(refusal<DataError>([&] { return ids_of(kCross, features, kOptions); }),
                      "'a_X_b'", "crossed values"));
  }
  for (const auto& wrong : {Ids{0, 2, 7, 5}, {0, -2, 4, 5}}) {
    features.set(key, steps({0, 2, 3}, wrong, memory));
    EXPECT_TRUE(holds(refusal<DataError>([&] { return ids_of(kCross, features, kOptions); }),
                      "'a_X_b'", "step_offsets"));
  }
}

TEST_P(CrossedOnDevice, ItsFeaturesAreLookedAtToo) {
  OnDevice memory(backend());
  Features features = strings({{{"x", "y"}, {"z"}}}, {{{"1"}, {"2"}}}, memory);
  features.set(detail::cross_key({"a", "b"}), steps({0, 2}, {0, 2, 3}, memory));
  EXPECT_NO_THROW((void)ids_of(kCross, features, kOptions));
  RaggedView liar = *features.find("b");
  const std::vector<std::int64_t> bytes = {0, 5, 1};
  liar.byte_offsets = memory.keep(offsets_of(bytes), true);
  features.set("b", liar);
  EXPECT_TRUE(holds(refusal<DataError>([&] { return ids_of(kCross, features, kOptions); }),
                    "'a_X_b'", "byte_offsets"));
}

TEST_P(CrossedOnDevice, IsCapturedInAGraph) {
  const Case c = crosses(3);
  const SequenceFeatures layer = c.layer(backend());
  const Features features = c.pack();
  const OwnStream own;
  Place place(backend(), layer.plan(layer.measure(features)), true, own.stream());
  const BatchSizes sizes = layer.pack(features, place.workspace(), own.stream());
  const auto compute = [&] { layer.compute(place.outputs(), place.workspace(), own.stream()); };
  compute();
  const Written once = place.read(sizes, layer.dim(), own.stream());
  const Replay replay = captured(own.stream(), compute);
  place.poison(own.stream());
  (void)layer.pack(features, place.workspace(), own.stream());
  replay();
  EXPECT_EQ(place.read(sizes, layer.dim(), own.stream()), once);
}

SEQFEAT_ON_EVERY_BACKEND(Crossed);
SEQFEAT_ON_EVERY_BACKEND(CrossedOnDevice);

}  // namespace
}  // namespace seqfeat::test
