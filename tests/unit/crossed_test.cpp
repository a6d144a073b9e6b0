// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/crossed.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "seqfeat/column.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/spec_json.hpp"
#include "tests/support/refusal.hpp"

// The column and its JSON, and the hash of one crossed value. tests/golden has TensorFlow's ids.

namespace seqfeat::test {
namespace {

std::string crossed(const std::string& members) {
  return R"({"type":"sequence_crossed_column")" + members + "}";
}
std::string refused(const std::string& members) {
  return refusal<InvalidArgument>([&] { return parse_column(crossed(members)); });
}
template <class... Args>
std::string refused_column(std::vector<FeatureKey> keys, Args... args) {
  return refusal<InvalidArgument>([&] { return sequence_crossed_column(keys, args...); });
}

TEST(Crossed, CombinesFingerprintsInOrder) {
  // tsl/platform/fingerprint.h on 1 and 2.
  EXPECT_EQ(fingerprint_cat64(1, 2), 0xc89a2574412ac8e4U);
  EXPECT_NE(fingerprint_cat64(1, 2), fingerprint_cat64(2, 1));
}

TEST(Crossed, TakesEveryCombinationOnceTheLastFastest) {
  const std::array<std::int64_t, 3> sizes{2, 3, 4};
  std::vector<std::uint64_t> got;
  std::vector<std::uint64_t> expected;
  for (std::int64_t place = 0; place < 24; ++place) {
    got.push_back(crossed_hash(
        9, 3, 24, place, [&](std::int64_t k) { return sizes.at(static_cast<std::size_t>(k)); },
        [](std::int64_t k, std::int64_t i) { return static_cast<std::uint64_t>(100 * k + i); }));
  }
  for (std::uint64_t a = 0; a < 2; ++a) {
    for (std::uint64_t b = 100; b < 103; ++b) {
      for (std::uint64_t c = 200; c < 204; ++c) {
        expected.push_back(fingerprint_cat64(fingerprint_cat64(fingerprint_cat64(9, a), b), c));
      }
    }
  }
  EXPECT_EQ(got, expected);
}

TEST(Crossed, StaysInsideOperandsWhateverTheCount) {
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, INT64_MAX}) {
    for (const std::int64_t place : {std::int64_t{0}, std::int64_t{5}, INT64_MAX}) {
      (void)crossed_hash(
          1, 2, count, place, [](std::int64_t k) { return 2 + k; },
          [](std::int64_t k, std::int64_t i) {
            EXPECT_TRUE(i >= 0 && i < 2 + k) << k << " " << i;
            return std::uint64_t{0};
          });
    }
  }
}

TEST(Crossed, IsNamedAfterItsKeysInOrderOfTheAlphabet) {
  const CategoricalColumn column = sequence_crossed_column({"b", {"a", DType::int8}, "c"}, 10);
  EXPECT_EQ(column.name(), "a_X_b_X_c");
  EXPECT_EQ(column.rows(), 10);
  EXPECT_EQ(name_of(embedding_column(column, 2)), "a_X_b_X_c_embedding");
  EXPECT_EQ(features_of(column), (std::vector<FeatureKey>{"b", {"a", DType::int8}, "c"}));
  const std::vector<Column> columns{embedding_column(column, 2)};
  EXPECT_EQ(make_parse_example_spec(columns),
            (ParseSpec{{"a", DType::int8}, {"b", DType::string}, {"c", DType::string}}));
  // A key may be crossed with itself, as in TensorFlow.
  EXPECT_EQ(sequence_crossed_column({"a", "a"}, 2).name(), "a_X_a");
}

TEST(Crossed, DiffersByOrderSizeAndHashKey) {
  const CategoricalColumn column = sequence_crossed_column({"a", "b"}, 10);
  EXPECT_NE(column, sequence_crossed_column({"b", "a"}, 10));
  EXPECT_NE(column, sequence_crossed_column({"a", "b"}, 11));
  EXPECT_NE(column, sequence_crossed_column({"a", "b"}, 10, 1));
  EXPECT_EQ(column, sequence_crossed_column({"a", "b"}, 10, 0));  // as in TensorFlow
  EXPECT_EQ(column, sequence_crossed_column({"a", "b"}, 10, kDefaultCrossKey));
}

TEST(Crossed, RefusesWhatMeansNothing) {
  EXPECT_TRUE(holds(refused_column({}, 10), "keys: must be two or more, got 0;"));
  EXPECT_TRUE(holds(refused_column({"a"}, 10), "keys: must be two or more, got 1 ('a')"));
  EXPECT_TRUE(holds(refused_column({"a", ""}, 10), "key: must not be empty"));
  EXPECT_TRUE(holds(refused_column({"a", "\xff"}, 10), "key: must be UTF-8"));
  EXPECT_TRUE(holds(refused_column({"a", {"b", DType::float32}}, 10),
                    "dtype: must be string or an integer type, got float32", "for key 'b'"));
  EXPECT_TRUE(holds(refused_column({"a", {"a", DType::int64}}, 10), "key 'a'", "string and int64"));
  for (const std::int64_t size : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}}) {
    EXPECT_TRUE(holds(refused_column({"b", "a"}, size),
                      "hash_bucket_size: must be > 1, got " + std::to_string(size),
                      "for key 'a_X_b'"));
  }
}

TEST(Crossed, IsReadFromJson) {
  EXPECT_EQ(parse_column(crossed(R"(,"keys":["b","a"],"hash_bucket_size":10)")),
            Column(sequence_crossed_column({"b", "a"}, 10)));
  EXPECT_EQ(parse_column(crossed(R"(,"keys":["b",{"key":"a","dtype":"uint64"},{"key":"c"}],)"
                                 R"("hash_bucket_size":10,"hash_key":"18446744073709551615")")),
            Column(sequence_crossed_column({"b", {"a", DType::uint64}, "c"}, 10, UINT64_MAX)));
  EXPECT_EQ(parse_column(crossed(R"(,"keys":["b","a"],"hash_bucket_size":2,"hash_key":null)")),
            Column(sequence_crossed_column({"b", "a"}, 2)));
}

TEST(Crossed, IsWrittenAsJson) {
  const Spec spec{{embedding_column(sequence_crossed_column({"b", {"a", DType::int8}}, 10), 2),
                   sequence_crossed_column({"c", "d"}, 5, 7)},
                  {}};
  const std::string text = to_json(spec);
  EXPECT_TRUE(holds(text, R"({"type": "sequence_crossed_column", "keys": [{"key": "b", "dtype": )"
                          R"("string"}, {"key": "a", "dtype": "int8"}], "hash_bucket_size": 10, )"
                          R"("hash_key": null})"));
  EXPECT_TRUE(holds(text, R"("hash_bucket_size": 5, "hash_key": "7"})"));
  EXPECT_EQ(parse_spec(text).columns, spec.columns);
  EXPECT_EQ(to_json(parse_spec(text)), text);
}

TEST(Crossed, SaysWhereJsonIsWrong) {
  for (const auto& [members, place, why] : std::vector<std::array<std::string, 3>>{
           {R"(,"hash_bucket_size":10)", "", "'keys' is missing"},
           {R"(,"keys":["a","b"])", "", "'hash_bucket_size' is missing"},
           {R"(,"keys":"a","hash_bucket_size":10)", "/keys", "must be an array"},
           {R"(,"keys":["a",1],"hash_bucket_size":10)", "/keys/1", "must be names, or objects"},
           {R"(,"keys":["a",{"dtype":"int8"}],"hash_bucket_size":10)", "/keys/1",
            "'key' is missing"},
           {R"(,"keys":["a",{"key":"b","dtype":"float32"}],"hash_bucket_size":10)", "/keys/1/dtype",
            "dtype: must be"},
           {R"(,"keys":["a",{"type":"x","key":"b"}],"hash_bucket_size":10)", "/keys/1",
            "got a column, expected the name of a feature"},
           {R"(,"keys":["a"],"hash_bucket_size":10)", "", "keys: must be two or more"},
           {R"(,"keys":["a","b"],"hash_bucket_size":1)", "", "hash_bucket_size: must be > 1"},
           {R"(,"keys":["a","b"],"hash_bucket_size":1.5)", "/hash_bucket_size",
            "must be an integer"},
           {R"(,"keys":["a","b"],"hash_bucket_size":9,"hash_key":5)", "/hash_key", "as a string"},
           {R"(,"keys":["a","b"],"hash_bucket_size":9,"hash_key":"-1")", "/hash_key",
            "as a string"},
           {R"(,"keys":["a","b"],"hash_bucket_size":9,"key":"a")", "/key", "unknown"},
           {R"(,"keys":["a","b"],"hash_bucket_size":9,"dtype":"string")", "/dtype", "unknown"}}) {
    EXPECT_TRUE(holds(refused(members), "JSON at " + place, why)) << members;
  }
}

}  // namespace
}  // namespace seqfeat::test
