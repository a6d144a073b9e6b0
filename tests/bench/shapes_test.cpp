// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "bench/layer_input.hpp"
#include "bench/lookup_shapes.hpp"

// What peers from outside make again: tests/bench/peers_test.py has the same numbers.

namespace seqfeat::bench {
namespace {

LookupShape shape_of(const std::string& name) {
  for (const LookupDefinition& definition : lookup_definitions()) {
    if (definition.name == name) return definition.shape;
  }
  ADD_FAILURE() << "no " << name;
  return {};
}

TEST(LookupShapes, HaveThePlansSizes) {
  const LookupShape w1 = shape_of("W1/alpha1.05");
  EXPECT_EQ(w1.rows, 10'000'000);
  EXPECT_EQ(w1.dim, 128);
  EXPECT_EQ(w1.steps, 131'072);
  EXPECT_EQ(w1.values, 64);
  EXPECT_EQ(w1.law.alpha, 1.05);
  const LookupShape w2 = shape_of("W2/permuted");
  EXPECT_EQ(w2.tables * w2.rows, 16'777'210);
  EXPECT_EQ(w2.steps, 1'048'570);
  EXPECT_TRUE(w2.law.permuted);
  EXPECT_FALSE(shape_of("W2/adjacent").law.permuted);
}

TEST(LookupShapes, HaveTheTypesOfWhatTheyAreComparedWith) {
  const auto types = [](const std::string& name) {
    const auto json = to_json(shape_of(name));
    return json["type"].get<std::string>() + " " + json["ids"].get<std::string>();
  };
  for (const char* name : {"W1/uniform", "W1/alpha1.15", "W1b/fp32"}) {
    EXPECT_EQ(types(name), "float32 int32") << name;
  }
  for (const char* name : {"W2/adjacent", "W3"}) EXPECT_EQ(types(name), "float32 int64") << name;
  EXPECT_EQ(types("W1b"), "float16 int32");
}

TEST(LookupShapes, OfTheGridAreAllCombinations) {
  std::set<std::string> names;
  for (const LookupDefinition& definition : lookup_definitions()) {
    if (definition.group == "W1/grid") names.insert(definition.name);
  }
  EXPECT_EQ(names.size(), 3U * 2 * 2 * 3 * 3);
  EXPECT_EQ(names.count("W1/grid/alpha0/r1M/d32/b1024/h1"), 1U);
  const LookupShape largest = shape_of("W1/grid/alpha1.15/r10M/d128/b131072/h64");
  EXPECT_EQ(largest.steps * largest.values, 131'072 * 64);
  EXPECT_EQ(largest.law.alpha, 1.15);
}

TEST(LookupShapes, ShrinkButKeepAFewRowsAndSteps) {
  const LookupShape half = scaled(shape_of("W1/uniform"), 0.5);
  EXPECT_EQ(half.rows, 5'000'000);
  EXPECT_EQ(half.steps, 65'536);
  const LookupShape tiny = scaled(shape_of("W1/uniform"), 1e-9);
  EXPECT_EQ(tiny.rows, 100);
  EXPECT_EQ(tiny.steps, 32);
  EXPECT_EQ(tiny.values, 64);
}

TEST(LookupShapes, GiveEachTableItsOwnRowsAndAnEqualShareOfTheSteps) {
  const LookupShape shape{4, 100, 8, 40, 3, {}, 2};
  const std::vector<std::int64_t> ids = ids_of(shape, 0);
  ASSERT_EQ(ids.size(), 120U);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(ids[i] / 100, static_cast<std::int64_t>(i / 30)) << i;
  }
  EXPECT_NE(ids, ids_of(shape, 1));
}

TEST(LookupShapes, HaveIdsThatAnotherProgramCanMake) {
  EXPECT_EQ(ids_of({1, 1000, 8, 8, 1, {.alpha = 1.15}}, 0),
            (std::vector<std::int64_t>{983, 371, 812, 761, 454, 524, 621, 786}));
  EXPECT_EQ(ids_of({2, 1000, 8, 8, 1, {}}, 1),
            (std::vector<std::int64_t>{502, 954, 772, 797, 1385, 1118, 1876, 1854}));
}

TEST(LayerShapes, HaveRowsThatAnotherProgramCanMake) {
  LayerShape shape;
  shape.rows = 6;
  shape.shortest = 19;
  shape.longest = 25;
  EXPECT_EQ(row_offsets_of(shape), (std::vector<std::int64_t>{0, 21, 46, 67, 86, 110, 129}));
  shape.outlier = 100;
  EXPECT_EQ(row_offsets_of(shape)[4] - row_offsets_of(shape)[3], 100);
}

TEST(LayerShapes, HaveTheMeanAndTheLongestRowOfTheirNames) {
  LayerShape shape;
  shape.rows = 20'000;
  shape.shortest = 144;
  shape.longest = 200;
  const std::vector<std::int64_t> offsets = row_offsets_of(shape);
  EXPECT_NEAR(static_cast<double>(offsets.back()) / 20'000, 172, 0.5);
  std::vector<std::int64_t> lengths(offsets.size());
  std::adjacent_difference(offsets.begin(), offsets.end(), lengths.begin());
  EXPECT_EQ(*std::max_element(lengths.begin(), lengths.end()), 200);
}

}  // namespace
}  // namespace seqfeat::bench
