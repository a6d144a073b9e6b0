// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/column.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/layer_options.hpp"
#include "spec/column_order.hpp"
#include "spec/near_names.hpp"
#include "spec/utf8.hpp"
#include "tests/support/refusal.hpp"

namespace seqfeat::test {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

CategoricalColumn tokens() {
  return sequence_categorical_column_with_hash_bucket("tokens", 1000);
}

std::string refused_embedding(std::int64_t dimension, EmbeddingOptions options = {}) {
  return refusal<InvalidArgument>([&] { return embedding_column(tokens(), dimension, options); });
}

std::string refused_categorical(const std::string& key, std::int64_t size, DType dtype = {}) {
  return refusal<InvalidArgument>(
      [&] { return sequence_categorical_column_with_hash_bucket(key, size, dtype); });
}

TEST(Column, HasTensorFlowsDefaultsAndNames) {
  EXPECT_EQ(tokens().dtype(), DType::string);
  EXPECT_EQ(tokens().name(), "tokens");
  const EmbeddingColumn embedding = embedding_column(tokens(), 10);
  EXPECT_EQ(embedding.name(), "tokens_embedding");
  EXPECT_EQ(embedding.options().combiner, Combiner::mean);
  EXPECT_FALSE(embedding.options().max_norm);
  EXPECT_TRUE(embedding.options().trainable);
  EXPECT_EQ(embedding.options().initializer, TruncatedNormal{});
  EXPECT_EQ(indicator_column(tokens()).name(), "tokens_indicator");
}

TEST(Column, IsOneOfThreeKindsWithANameACategoricalAndAWidth) {
  const std::vector<Column> columns = {tokens(), embedding_column(tokens(), 10),
                                       indicator_column(tokens())};
  const std::vector<std::int64_t> widths = {0, 10, 1000};
  const std::vector<std::string> names = {"tokens", "tokens_embedding", "tokens_indicator"};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_EQ(width_of(columns[i]), widths[i]);
    EXPECT_EQ(name_of(columns[i]), names[i]);
    EXPECT_EQ(categorical_of(columns[i]), tokens());
  }
}

TEST(Column, TakesEveryIntegerTypeAndBucketCountsUpToTheLargest) {
  for (int i = 0; i <= static_cast<int>(DType::uint64); ++i) {
    EXPECT_EQ(refused_categorical("k", 2, static_cast<DType>(i)), "");
  }
  EXPECT_EQ(refused_categorical("k", kMax), "");
  EXPECT_EQ(refused_categorical("日本 \t/\"", 2), "");
}

TEST(Column, RefusesBucketCountsBelowTwoNamingValueAndKey) {
  for (const std::int64_t size : {std::int64_t{1}, std::int64_t{0}, std::int64_t{-5}, -kMax}) {
    const std::string why = refused_categorical("speed", size);
    EXPECT_TRUE(holds(why, "hash_bucket_size", std::to_string(size), "speed")) << why;
  }
}

TEST(Column, ThatHashesTakesAMaskedTokenOfItsType) {
  const auto refused = [](DType dtype, const TokenValue& mask) {
    return refusal<InvalidArgument>([&] {
      return sequence_categorical_column_with_hash_bucket("k", 9, dtype, {.mask_value = mask});
    });
  };
  EXPECT_EQ(refused(DType::string, "ä"), "");
  EXPECT_EQ(refused(DType::int8, std::int64_t{-128}), "");
  EXPECT_EQ(refused(DType::uint64, ~std::uint64_t{0}), "");
  EXPECT_TRUE(holds(refused(DType::string, "a\xff"), "mask_value", "UTF-8", "byte 1", "'k'"));
  EXPECT_TRUE(holds(refused(DType::string, std::int64_t{3}), "mask_value", "string", "3", "'k'"));
  EXPECT_TRUE(holds(refused(DType::int32, "3"), "mask_value", "int32", "'3'", "'k'"));
  EXPECT_TRUE(holds(refused(DType::int8, std::int64_t{128}), "mask_value", "int8", "128"));
  EXPECT_TRUE(holds(refused(DType::uint8, std::int64_t{-1}), "mask_value", "uint8", "-1"));
  EXPECT_TRUE(holds(refused(DType::int64, ~std::uint64_t{0}), "int64", "18446744073709551615"));
}

TEST(Column, ThatHashesEqualsOneOfTheSameOptions) {
  const auto with = [](const HashBucketOptions& options) {
    return sequence_categorical_column_with_hash_bucket("k", 9, DType::string, options);
  };
  EXPECT_EQ(with({.salt = HashKey{1, 2}, .mask_value = "a"}),
            with({.salt = HashKey{1, 2}, .mask_value = "a"}));
  EXPECT_NE(with({.salt = HashKey{1, 2}}), with({.salt = HashKey{2, 1}}));
  EXPECT_NE(with({.mask_value = "a"}), with({.mask_value = "b"}));
  EXPECT_NE(with({.mask_value = ""}), with({}));
  EXPECT_TRUE(with({.salt = HashKey{}}).source().total());
}

TEST(Column, OfIdentityTakesTheValueForTheIdUnlessADefaultStandsIn) {
  const CategoricalColumn plain = sequence_categorical_column_with_identity("i", 4);
  EXPECT_EQ(plain.dtype(), DType::int64);
  EXPECT_EQ(plain.name(), "i");
  EXPECT_EQ(width_of(indicator_column(plain)), 4);
  EXPECT_FALSE(plain.source().total()) << "values outside the range stay there";
  const CategoricalColumn whole = sequence_categorical_column_with_identity("i", 4, 0);
  EXPECT_TRUE(whole.source().total());
  EXPECT_NE(plain, whole);
  EXPECT_NE(whole, sequence_categorical_column_with_identity("i", 4, 1));
  EXPECT_NE(plain, sequence_categorical_column_with_hash_bucket("i", 4, DType::int64));
  const auto ids = [](const CategoricalColumn& column, const std::vector<std::int64_t>& values) {
    std::vector<std::int64_t> out;
    for (const std::int64_t value : values) {
      out.push_back(id_of(column.source(), {.dtype = column.dtype(), .integer = value}));
    }
    return out;
  };
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(ids(plain, {0, 3, 4, -1, kMax, -kMax - 1}), (Ids{0, 3, 4, -1, kMax, -kMax - 1}));
  EXPECT_EQ(ids(whole, {0, 3, 4, -1, kMax, -kMax - 1}), (Ids{0, 3, 0, 0, 0, 0}));
  // A uint64 above int64's range arrives with its sign bit set.
  const auto huge = sequence_categorical_column_with_identity("i", 4, {}, DType::uint64);
  EXPECT_EQ(ids(huge, {3, -1, -kMax - 1}), (Ids{3, kMax, kMax}));
  EXPECT_EQ(ids(sequence_categorical_column_with_identity("i", 4, 2, DType::uint64), {-1}), Ids{2});
}

TEST(Column, OfIdentityHasABucketAtLeastADefaultAmongThemAndAnIntegerType) {
  const auto refused = [](std::int64_t buckets, std::optional<std::int64_t> value = {},
                          DType dtype = DType::int64, const char* key = "shop") {
    return refusal<InvalidArgument>(
        [&] { return sequence_categorical_column_with_identity(key, buckets, value, dtype); });
  };
  for (int i = 1; i <= static_cast<int>(DType::uint64); ++i) {
    EXPECT_EQ(refused(1, 0, static_cast<DType>(i)), "") << i;
  }
  EXPECT_EQ(refused(kMax, kMax - 1), "");
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-3}, -kMax}) {
    EXPECT_EQ(refused(size),
              "num_buckets: must be >= 1, got " + std::to_string(size) + " for key 'shop'");
  }
  for (const std::int64_t value : {std::int64_t{-1}, std::int64_t{5}, kMax, -kMax - 1}) {
    EXPECT_EQ(refused(5, value), "default_value: must be null or 0 ... num_buckets - 1 = 4, got " +
                                     std::to_string(value) + " for key 'shop'");
  }
  EXPECT_EQ(refused(5, {}, DType::string),
            "dtype: must be an integer type, got string for key 'shop', whose values are ids");
  EXPECT_TRUE(holds(refused(5, {}, DType::int64, ""), "key", "empty"));
  EXPECT_TRUE(holds(refused(5, {}, static_cast<DType>(11)), "dtype", "11"));
}

TEST(Column, RefusesKeysThatAreEmptyOrNoUtf8) {
  EXPECT_TRUE(holds(refused_categorical("", 10), "key", "empty"));
  EXPECT_TRUE(holds(refused_categorical("ab\xff", 10), "key", "UTF-8", "byte 2"));
  EXPECT_TRUE(holds(refused_categorical("k", 10, static_cast<DType>(11)), "dtype", "11"));
}

TEST(Column, RefusesDimensionsOutsideThePositiveInt32) {
  for (const std::int64_t d : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 31, kMax}) {
    EXPECT_TRUE(holds(refused_embedding(d), "dimension", std::to_string(d), "tokens"));
  }
  EXPECT_EQ(refused_embedding(1), "");
  EXPECT_EQ(refused_embedding((std::int64_t{1} << 31) - 1), "");
}

TEST(Column, RefusesOptionsThatMeanNothing) {
  const double nan = std::nan("");
  const double inf = std::numeric_limits<double>::infinity();
  // Beyond float32's largest it would become infinity, and every row NaN.
  for (const double bad : {-1.0, -1e-300, nan, inf, 1e39}) {
    EXPECT_TRUE(holds(refused_embedding(4, {.max_norm = bad}), "max_norm"));
  }
  for (const double good : {0.0, double{std::numeric_limits<float>::max()}}) {
    EXPECT_EQ(refused_embedding(4, {.max_norm = good}), "");
  }
  EXPECT_TRUE(holds(refused_embedding(4, {.combiner = static_cast<Combiner>(3)}), "combiner", "3"));
  for (const double bad : {0.0, -1.0, nan, inf}) {
    EXPECT_TRUE(holds(refused_embedding(4, {.initializer = {.stddev = bad}}), "stddev"));
  }
  for (const double bad : {nan, inf, -inf}) {
    EXPECT_TRUE(holds(refused_embedding(4, {.initializer = {.mean = bad}}), "mean"));
  }
}

TEST(Column, OrderIsThatOfTheFullNamesBytes) {
  const auto of = [](const char* key) {
    return sequence_categorical_column_with_hash_bucket(key, 9);
  };
  std::vector<Column> columns = {embedding_column(of("日"), 2), embedding_column(of("a"), 2),
                                 indicator_column(of("a")), embedding_column(of("a_b"), 2),
                                 embedding_column(of("B"), 2)};
  sort_by_name(columns);
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(name_of(column));
  EXPECT_EQ(names, (std::vector<std::string>{"B_embedding", "a_b_embedding", "a_embedding",
                                             "a_indicator", "日_embedding"}));
}

TEST(Column, NamesMustDiffer) {
  const std::vector<Column> different = {tokens(), embedding_column(tokens(), 3),
                                         indicator_column(tokens())};
  EXPECT_NO_THROW(check_names_differ(different));
  const std::vector<Column> same = {embedding_column(tokens(), 3), embedding_column(tokens(), 4)};
  const std::string why = refusal<InvalidArgument>([&] {
    check_names_differ(same);
    return 0;
  });
  EXPECT_TRUE(holds(why, "tokens_embedding")) << why;
}

CategoricalColumn weighted_tokens() {
  return sequence_weighted_categorical_column(tokens(), "w");
}

TEST(WeightedColumns, HaveTheIdsOfTheInnerOneAndReadAFeatureMore) {
  const CategoricalColumn column = weighted_tokens();
  EXPECT_EQ(column.name(), "tokens_weighted_by_w");
  EXPECT_EQ(column.key(), "tokens");
  EXPECT_EQ(column.weight_key(), "w");
  EXPECT_TRUE(column.weighted());
  EXPECT_FALSE(tokens().weighted());
  EXPECT_EQ(column.source(), tokens().source());
  EXPECT_NE(column, tokens());
  EXPECT_NE(column, sequence_weighted_categorical_column(tokens(), "v"));
  EXPECT_EQ(embedding_column(column, 3).name(), "tokens_weighted_by_w_embedding");
  const auto shared = shared_embedding_column(column, 3, "t");
  EXPECT_EQ(shared.name(), "tokens_weighted_by_w_shared_embedding");
  EXPECT_EQ(shared_embeddings({column, tokens()}, 3).size(), 2);
  EXPECT_EQ(name_of(shared_embeddings({column, tokens()}, 3)[0]), shared.name());
  EXPECT_EQ(make_parse_example_spec({embedding_column(column, 3)}),
            (ParseSpec{{"tokens", DType::string}, {"w", DType::float32}}));
  const auto w = sequence_categorical_column_with_hash_bucket("w", 9);
  EXPECT_TRUE(
      holds(refusal<InvalidArgument>([&] {
              return make_parse_example_spec({embedding_column(w, 3), embedding_column(column, 3)});
            }),
            "'w'", "string and float32"));
}

TEST(WeightedColumns, RefuseWhatNoWeightGoesWith) {
  const auto refused = [](auto make) { return refusal<InvalidArgument>(make); };
  const auto weigh = [](const CategoricalColumn& column, const std::string& key,
                        DType dtype = DType::float32) {
    return
        [column, key, dtype] { return sequence_weighted_categorical_column(column, key, dtype); };
  };
  EXPECT_TRUE(holds(refused(weigh(tokens(), "")), "weight_feature_key", "empty"));
  EXPECT_TRUE(holds(refused(weigh(tokens(), "\xff")), "weight_feature_key", "UTF-8"));
  EXPECT_TRUE(holds(refused(weigh(tokens(), "tokens")), "weight_feature_key", "'tokens'"));
  EXPECT_TRUE(holds(refused(weigh(weighted_tokens(), "v")), "tokens_weighted_by_w", "already"));
  EXPECT_TRUE(holds(refused(weigh(tokens(), "w", DType::int64)), "dtype", "float32", "int64"));
  EXPECT_TRUE(
      holds(refused(weigh(sequence_crossed_column({"b", "a"}, 9), "v")), "a_X_b", "is a cross"));
  EXPECT_TRUE(holds(refused([] { return indicator_column(weighted_tokens()); }), "indicator_column",
                    "tokens_weighted_by_w"));
  EXPECT_TRUE(holds(refused([] {
                      check_weights_are_read({weighted_tokens()});
                      return 0;
                    }),
                    "tokens_weighted_by_w", "embed it", "'w'"));
  EXPECT_NO_THROW(check_weights_are_read({tokens(), embedding_column(weighted_tokens(), 3)}));
}

TEST(NumericColumns, HaveAWidthAndNoIds) {
  const NumericColumn plain = sequence_numeric_column("x");
  EXPECT_EQ(plain.shape(), std::vector<std::int64_t>{1});
  EXPECT_EQ(plain.default_value(), 0.0);
  const Column column = sequence_numeric_column("x", {2, 3}, -1.5);
  EXPECT_EQ(width_of(column), 6);
  EXPECT_EQ(name_of(column), "x");
  EXPECT_EQ(key_of(column), "x");
  EXPECT_EQ(find_categorical(column), nullptr);
  EXPECT_THROW((void)categorical_of(column), InvalidArgument);
  EXPECT_NE(column, Column(plain));
  EXPECT_EQ(make_parse_example_spec({column, tokens()}),
            (ParseSpec{{"tokens", DType::string}, {"x", DType::float32}}));
  const auto other = sequence_categorical_column_with_hash_bucket("x", 9);
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] {
                      return make_parse_example_spec({column, indicator_column(other)});
                    }),
                    "x", "float32", "string"));
}

TEST(NumericColumns, RefuseShapesAndDefaultsThatMeanNothing) {
  const auto refused = [](const char* key, std::vector<std::int64_t> shape, double value = 0.0,
                          DType dtype = DType::float32) {
    return refusal<InvalidArgument>(
        [&] { return sequence_numeric_column(key, std::move(shape), value, dtype); });
  };
  EXPECT_EQ(refused("x", {(std::int64_t{1} << 31) - 1}), "");
  EXPECT_TRUE(holds(refused("", {1}), "key", "empty"));
  EXPECT_TRUE(holds(refused("x", {}), "shape", "key 'x'"));
  EXPECT_TRUE(holds(refused("x", {2, 0}), "shape", "got 0"));
  EXPECT_TRUE(holds(refused("x", {-1}), "shape", "got -1"));
  EXPECT_TRUE(holds(refused("x", {1 << 16, 1 << 15}), "shape", "2147483647"));
  EXPECT_TRUE(holds(refused("x", {kMax, kMax}), "shape", "2147483647"));
  for (const double bad : {1e39, std::nan(""), -std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(holds(refused("x", {1}, bad), "default_value", "float32"));
  }
  EXPECT_TRUE(holds(refused("x", {1}, 0.0, DType::int64), "dtype", "float32", "int64"));
  EXPECT_TRUE(holds(refused_categorical("x", 10, DType::float32), "dtype", "float32"));
}

std::string disagreement(const std::vector<Column>& columns) {
  return refusal<InvalidArgument>([&] {
    check_tables_agree(columns);
    return 0;
  });
}

TEST(SharedEmbeddings, AreColumnsOfTheirOwnOverOneTable) {
  const auto b = sequence_categorical_column_with_hash_bucket("b", 9);
  const auto a = sequence_categorical_column_with_hash_bucket("a", 9);
  const std::vector<Column> columns = shared_embeddings({b, a}, 3, {.max_norm = 2.0});
  ASSERT_EQ(columns.size(), 2U);
  const auto& first = std::get<EmbeddingColumn>(columns[0]);
  EXPECT_EQ(first.name(), "b_shared_embedding");
  EXPECT_EQ(name_of(columns[1]), "a_shared_embedding");
  EXPECT_EQ(first.table(), "a_b_shared_embedding");
  EXPECT_EQ(first, shared_embedding_column(b, 3, "a_b_shared_embedding", {.max_norm = 2.0}));
  EXPECT_NE(Column(first), Column(embedding_column(b, 3, {.max_norm = 2.0})));
  EXPECT_EQ(std::get<EmbeddingColumn>(shared_embeddings({b, a}, 3, {}, "words")[1]).table(),
            "words");
  EXPECT_EQ(embedding_column(a, 3).table(), "a_embedding");
  EXPECT_EQ(width_of(columns[0]), 3);
}

TEST(SharedEmbeddings, AgreeOnWhatTheTableIs) {
  const auto column = [](const char* key, EmbeddingOptions options = {}, std::int64_t rows = 9,
                         std::int64_t dimension = 3, DType dtype = DType::string) -> Column {
    return shared_embedding_column(sequence_categorical_column_with_hash_bucket(key, rows, dtype),
                                   dimension, "words", options);
  };
  EXPECT_EQ(disagreement({column("a"), column("b", {.combiner = Combiner::sum})}), "");
  const std::string both =
      "table 'words': columns 'a_shared_embedding' and 'b_shared_embedding' share it and have to "
      "agree: ";
  for (const auto& [other, why] : std::vector<std::pair<Column, std::string>>{
           {column("b", {}, 8), "rows is 9 and 8"},
           {column("b", {}, 9, 4), "dimension is 3 and 4"},
           {column("b", {}, 9, 3, DType::int64), "dtype is string and int64"},
           {column("b", {.initializer = {.stddev = 0.5}}),
            "initializer is mean 0.0, stddev 1/sqrt(dimension), seed 0 and mean 0.0, stddev 0.5, "
            "seed 0"},
           {column("b", {.max_norm = 1.0}), "max_norm is null and 1.0"},
           {column("b", {.trainable = false}), "trainable is true and false"}}) {
    EXPECT_TRUE(holds(disagreement({column("a"), other}), both + why)) << why;
  }
  const Column own = embedding_column(sequence_categorical_column_with_hash_bucket("w", 9), 3);
  const Column taken = shared_embedding_column(sequence_categorical_column_with_hash_bucket("a", 9),
                                               3, "w_embedding");
  EXPECT_TRUE(holds(disagreement({own, taken}), "w_embedding", "a_shared_embedding", "own"));
}

TEST(SharedEmbeddings, RefuseTablesWithoutANameAndNoColumns) {
  const auto named = [](const std::string& table) {
    return refusal<InvalidArgument>([&] { return shared_embedding_column(tokens(), 3, table); });
  };
  EXPECT_TRUE(holds(named(""), "table", "empty"));
  EXPECT_TRUE(holds(named("a\xff"), "table", "UTF-8", "byte 1"));
  EXPECT_TRUE(holds(refusal<InvalidArgument>([] { return shared_embeddings({}, 3); }), "columns"));
  const auto other = sequence_categorical_column_with_hash_bucket("other", 9);
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] {
                      return shared_embeddings({tokens(), other}, 3);
                    }),
                    "rows is 1000 and 9"));
}

TEST(ParseSpec, HasEveryKeyOnceWithItsDtype) {
  const auto other = sequence_categorical_column_with_hash_bucket("other", 9, DType::int32);
  EXPECT_EQ(
      make_parse_example_spec({embedding_column(tokens(), 3), indicator_column(tokens()), other}),
      (ParseSpec{{"tokens", DType::string}, {"other", DType::int32}}));
  EXPECT_EQ(make_parse_example_spec({}), ParseSpec{});
}

TEST(ParseSpec, RefusesOneKeyWithTwoDtypes) {
  const auto number = sequence_categorical_column_with_hash_bucket("tokens", 9, DType::int64);
  const std::string why = refusal<InvalidArgument>([&] {
    return make_parse_example_spec({embedding_column(tokens(), 3), indicator_column(number)});
  });
  EXPECT_TRUE(holds(why, "tokens", "string", "int64")) << why;
}

TEST(DType, NamesGoBothWays) {
  for (int i = 0; i <= static_cast<int>(DType::uint64); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(dtype_from(to_string(dtype)), dtype);
  }
  EXPECT_EQ(to_string(DType::uint16), "uint16");
  for (const char* name : {"", "float16", "String", "int", "int642", "bool"}) {
    EXPECT_FALSE(dtype_from(name)) << name;
  }
}

TEST(LayerOptions, MustBePossible) {
  const auto why = [](LayerOptions options) {
    return refusal<InvalidArgument>([&] {
      check(options);
      return 0;
    });
  };
  EXPECT_EQ(why({}), "");
  EXPECT_EQ(why({.max_length = 1, .padding = Padding::max_length}), "");
  EXPECT_TRUE(holds(why({.max_length = 0}), "max_length", "0"));
  EXPECT_TRUE(holds(why({.max_length = -3}), "max_length", "-3"));
  EXPECT_TRUE(holds(why({.padding = Padding::max_length}), "padding", "max_length"));
  EXPECT_TRUE(holds(why({.pad_to_multiple_of = 0}), "pad_to_multiple_of", "0"));
  EXPECT_TRUE(
      holds(why({.max_length = kMax, .padding = Padding::max_length, .pad_to_multiple_of = 8}),
            "max_length", "overflows"));
  EXPECT_TRUE(holds(why({.truncation = static_cast<Truncation>(3)}), "truncation", "3"));
}

TEST(Utf8, IsWhatTheStandardAllows) {
  for (const char* good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xe1\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                          "\xff", "\xe1\x80z", "\xf1\x80\x80z"}) {
    EXPECT_EQ(utf8_prefix("ok" + std::string(bad)), 2U) << testing::PrintToString(bad);
  }
}

TEST(NearNames, AreRankedByEdits) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("combinner", "combiner"), 1U);
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("Mean", "mEAN"), 0U);
  EXPECT_EQ(edit_distance(std::string(100'000, 'a'), std::string(100'000, 'b')), 128U);
  const std::vector<std::string_view> known = {"token", "tokens_embedding", "other", "tokens"};
  EXPECT_EQ(near_names("tokns", known, 2), (std::vector<std::string_view>{"tokens", "token"}));
  EXPECT_EQ(near_names("tokens", known, 3),
            (std::vector<std::string_view>{"tokens", "token", "tokens_embedding"}));
  EXPECT_EQ(near_names("tokns", {}, 2), std::vector<std::string_view>{});
  EXPECT_EQ(did_you_mean("othr", known, 1), "; did you mean 'other'?");
  EXPECT_EQ(did_you_mean("othr", {}), "");
}

}  // namespace
}  // namespace seqfeat::test
