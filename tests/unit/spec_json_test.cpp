// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/spec_json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/support/refusal.hpp"

namespace seqfeat::test {
namespace {

const std::string kTokens =
    R"({"type":"sequence_categorical_column_with_hash_bucket","key":"tokens","hash_bucket_size":1000})";

std::string embedding(const std::string& members) {
  return R"({"type":"embedding_column","categorical_column":)" + kTokens + members + "}";
}
std::string spec(const std::string& columns, const std::string& options = "") {
  return R"({"columns":[)" + columns + "]" + options + "}";
}
std::string categorical(const std::string& members) {
  return R"({"type":"sequence_categorical_column_with_hash_bucket")" + members + "}";
}

std::string identity(const std::string& members) {
  return R"({"type":"sequence_categorical_column_with_identity")" + members + "}";
}

std::string refused(const std::string& json) {
  return refusal<InvalidArgument>([&] { return parse_spec(json); });
}
std::string refused_column(const std::string& json) {
  return refusal<InvalidArgument>([&] { return parse_column(json); });
}

TEST(SpecJson, ReadsTheDocumentedExample) {
  const Spec got = parse_spec(R"({ "version": 1,
    "columns": [
      { "type": "embedding_column", "dimension": 10, "combiner": "mean", "max_norm": null,
        "trainable": true,
        "initializer": {"type": "truncated_normal", "mean": 0.0, "stddev": null, "seed": 0},
        "categorical_column": { "type": "sequence_categorical_column_with_hash_bucket",
                                "key": "tokens", "hash_bucket_size": 1000, "dtype": "string" } },
      { "type": "indicator_column",
        "categorical_column": { "type": "sequence_categorical_column_with_hash_bucket",
                                "key": "tokens", "hash_bucket_size": 16, "dtype": "string" } } ],
    "max_length": null, "truncation": "error", "padding": "longest", "padding_side": "right",
    "pad_to_multiple_of": 1 })");
  const auto tokens = [](std::int64_t n) {
    return sequence_categorical_column_with_hash_bucket("tokens", n);
  };
  EXPECT_EQ(got.columns, (std::vector<Column>{embedding_column(tokens(1000), 10),
                                              indicator_column(tokens(16))}));
  EXPECT_EQ(got.options, LayerOptions{});
}

TEST(SpecJson, ReadsIdentityColumns) {
  const auto made = [](auto... arguments) -> Column {
    return sequence_categorical_column_with_identity(arguments...);
  };
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(parse_column(identity(R"(,"key":"i","num_buckets":5)")), made("i", 5));
  EXPECT_EQ(parse_column(identity(R"(,"key":"i","num_buckets":5,"default_value":null)")),
            made("i", 5));
  EXPECT_EQ(parse_column(identity(R"(,"key":"i","num_buckets":1,"default_value":0)")),
            made("i", 1, 0));
  EXPECT_EQ(parse_column(identity(R"(,"num_buckets":9223372036854775807,"key":"i","dtype":"uint8",
                                      "default_value":9223372036854775806)")),
            made("i", kMost, kMost - 1, DType::uint8));
  const std::string inner = R"("categorical_column":)" + identity(R"(,"key":"i","num_buckets":5)");
  const auto five = sequence_categorical_column_with_identity("i", 5);
  EXPECT_EQ(parse_spec(spec(R"({"type":"embedding_column","dimension":3,)" + inner + "}," +
                            R"({"type":"indicator_column",)" + inner + "}"))
                .columns,
            (std::vector<Column>{embedding_column(five, 3), indicator_column(five)}));
}

std::string shared(const std::string& key, const std::string& members) {
  return R"({"type":"shared_embedding_column","dimension":3,"categorical_column":)" +
         categorical(R"(,"hash_bucket_size":9,"key":")" + key + '"') + members + "}";
}

TEST(SpecJson, ReadsColumnsThatShareATable) {
  const auto of = [](const char* key) {
    return sequence_categorical_column_with_hash_bucket(key, 9);
  };
  const Spec got = parse_spec(spec(shared("a", R"(,"table":"words","combiner":"sum")") + "," +
                                   shared("b", R"(,"table":"words")")));
  EXPECT_EQ(got.columns,
            (std::vector<Column>{shared_embedding_column(of("a"), 3, "words", {Combiner::sum}),
                                 shared_embedding_column(of("b"), 3, "words")}));
  EXPECT_EQ(parse_spec(to_json(got)).columns, got.columns);
}

std::string numeric(const std::string& members) {
  return R"({"type":"sequence_numeric_column")" + members + "}";
}

TEST(SpecJson, ReadsNumericColumns) {
  EXPECT_EQ(parse_column(numeric(R"(,"key":"x")")), Column(sequence_numeric_column("x")));
  const Spec got = parse_spec(
      spec(numeric(R"(,"key":"x","shape":[2,3],"default_value":-1.5,"dtype":"float32")")));
  EXPECT_EQ(got.columns, std::vector<Column>{sequence_numeric_column("x", {2, 3}, -1.5)});
  EXPECT_EQ(parse_spec(to_json(got)).columns, got.columns);
  for (const auto& [members, place, why] : std::vector<std::array<std::string, 3>>{
           {"", "", "'key' is missing"},
           {R"(,"key":"x","shape":2)", "/shape", "an array of sizes"},
           {R"(,"key":"x","shape":[1.0])", "/shape", "integers"},
           {R"(,"key":"x","shape":[])", "", "shape: got no sizes"},
           {R"(,"key":"x","shape":[0])", "", "got 0"},
           {R"(,"key":"x","default_value":"1")", "/default_value", "number"},
           {R"(,"key":"x","default_value":1e39)", "", "float32"},
           {R"(,"key":"x","dtype":"float64")", "/dtype", "float32"},
           {R"(,"key":"x","normalizer_fn":1)", "/normalizer_fn", "not supported"}}) {
    EXPECT_TRUE(holds(refused(spec(numeric(members))), "JSON at /columns/0" + place, why))
        << members << ": " << refused(spec(numeric(members)));
  }
}

TEST(SpecJson, RefusesColumnsThatDoNotAgreeOnATable) {
  EXPECT_TRUE(holds(refused(spec(shared("a", ""))), "JSON at /columns/0", "'table' is missing"));
  EXPECT_TRUE(holds(refused(spec(shared("a", R"(,"table":7)"))), "/columns/0/table"));
  EXPECT_TRUE(holds(refused(spec(shared("a", R"(,"table":"")"))), "/columns/0", "empty"));
  EXPECT_TRUE(holds(refused(spec(embedding(R"(,"dimension":3,"table":"t")"))), "/columns/0/table",
                    "unknown key 'table'"));
  EXPECT_TRUE(holds(refused(spec(shared("a", R"(,"table":"t")") + "," +
                                 shared("b", R"(,"table":"t","trainable":false)"))),
                    "JSON at /columns: table 't'", "a_shared_embedding", "b_shared_embedding",
                    "trainable is true and false"));
}

TEST(SpecJson, RefusesIdentityColumnsThatMeanNothing) {
  const std::string size = ": num_buckets: must be an integer 1 ... 9223372036854775807, got ";
  const std::string value =
      ": default_value: must be null or an integer 0 ... num_buckets - 1, got ";
  const std::string range = ": default_value: must be null or 0 ... num_buckets - 1 = 4, got ";
  for (const auto& [members, place, why] : std::vector<std::array<std::string, 3>>{
           {R"("key":"i")", "", ": 'num_buckets' is missing for key 'i'"},
           {R"("num_buckets":5)", "", ": 'key' is missing"},
           {R"("key":"i","num_buckets":0)", "", ": num_buckets: must be >= 1, got 0 for key 'i'"},
           {R"("key":"i","num_buckets":1.0)", "/num_buckets", size + "1.0 for key 'i'"},
           {R"("key":"i","num_buckets":9223372036854775808)", "/num_buckets",
            size + "9223372036854775808 for key 'i'"},
           {R"("key":"i","num_buckets":null)", "/num_buckets", size + "null for key 'i'"},
           {R"("key":"i","num_buckets":5,"default_value":-1)", "", range + "-1 for key 'i'"},
           {R"("key":"i","num_buckets":5,"default_value":5)", "", range + "5 for key 'i'"},
           {R"("key":"i","num_buckets":5,"default_value":1.5)", "/default_value",
            value + "1.5 for key 'i'"},
           {R"("key":"i","num_buckets":5,"default_value":"1")", "/default_value",
            value + "\"1\" for key 'i'"},
           {R"("key":"i","num_buckets":5,"dtype":"string")", "",
            ": dtype: must be an integer type, got string for key 'i', whose values are ids"},
           {R"("key":"i","num_buckets":5,"hash_bucket_size":5)", "/hash_bucket_size",
            ": unknown key 'hash_bucket_size'"},
           {R"("key":"i","num_bucket":5)", "/num_bucket",
            ": unknown key 'num_bucket'; did you mean 'num_buckets'?"},
           {R"("key":"i","num_buckets":5,"defaultvalue":1)", "/defaultvalue",
            ": unknown key 'defaultvalue'; did you mean 'default_value'?"},
           {R"("key":"i","num_buckets":5,"num_oov_buckets":1)", "/num_oov_buckets",
            ": 'num_oov_buckets' is not supported; see docs/semantics.md"}}) {
    const std::string column = identity("," + members);
    const std::string got = refused(spec(column));
    EXPECT_EQ(got.find("JSON at /columns/0" + place + why), 0U) << members << ": " << got;
    EXPECT_TRUE(
        holds(refused_column(R"({"type":"indicator_column","categorical_column":)" + column + "}"),
              "/categorical_column" + place + why))
        << members;
  }
}

TEST(SpecJson, LeavesOutWhatHasADefault) {
  const Spec got = parse_spec(spec(embedding(R"(,"dimension":3)") + "," + kTokens));
  const auto tokens = sequence_categorical_column_with_hash_bucket("tokens", 1000);
  EXPECT_EQ(got.columns, (std::vector<Column>{embedding_column(tokens, 3), tokens}));
  EXPECT_EQ(got.options, LayerOptions{});
}

TEST(SpecJson, ReadsEveryOption) {
  const Spec got = parse_spec(
      spec(embedding(R"(,"dimension":3,"combiner":"sqrtn","max_norm":1.5,"trainable":false,
      "initializer":{"type":"truncated_normal","mean":-1,"stddev":0.25,"seed":18446744073709551615})"),
           R"(,"version":1,"max_length":200,"truncation":"keep_last","padding":"max_length",
           "padding_side":"left","pad_to_multiple_of":8)"));
  const auto tokens = sequence_categorical_column_with_hash_bucket("tokens", 1000);
  const EmbeddingOptions options{
      Combiner::sqrtn, 1.5, {-1.0, 0.25, std::numeric_limits<std::uint64_t>::max()}, false};
  EXPECT_EQ(got.columns, (std::vector<Column>{embedding_column(tokens, 3, options)}));
  EXPECT_EQ(got.options,
            (LayerOptions{200, Truncation::keep_last, Padding::max_length, PaddingSide::left, 8}));
}

TEST(SpecJson, NamesUnknownKeysTheirPlaceAndTheNearestKnownOne) {
  EXPECT_TRUE(holds(refused(spec(embedding(R"(,"dimension":3,"combinner":"sum")"))),
                    "/columns/0/combinner", "'combiner'"));
  EXPECT_TRUE(holds(refused(spec("", R"(,"maxlength":3)")), "/maxlength", "'max_length'"));
  EXPECT_TRUE(holds(refused(spec(embedding(
                        R"(,"dimension":3,"initializer":{"type":"truncated_normal","std":1})"))),
                    "/columns/0/initializer/std", "'stddev'"));
  EXPECT_TRUE(holds(refused(spec(R"({"type":"embeding_column"})")), "/columns/0/type",
                    "embeding_column", "'embedding_column'"));
  EXPECT_TRUE(holds(refused(spec("", R"(,"a/b~c":3)")), "/a~1b~0c"));
}

TEST(SpecJson, NamesColumnsOfTensorFlowThatAreNotHere) {
  const std::string here = "is not supported; see docs/semantics.md";
  for (const char* type :
       {"sequence_categorical_column_with_vocabulary_list",
        "sequence_categorical_column_with_vocabulary_file", "weighted_categorical_column",
        "shared_embeddings", "shared_embedding_columns", "crossed_column", "numeric_column",
        "bucketized_column"}) {
    const std::string column = R"({"type":")" + std::string(type) + R"(","key":"k"})";
    const std::string why = refused(spec(column));
    EXPECT_TRUE(holds(why, "/columns/0/type: type: '" + std::string(type) + "' " + here)) << why;
    EXPECT_FALSE(holds(why, "did you mean")) << why;
    const std::string inner =
        refused_column(R"({"type":"indicator_column","categorical_column":)" + column + "}");
    EXPECT_TRUE(holds(inner, "/categorical_column/type", type, here)) << inner;
  }
  for (const std::string end : {"hash_bucket", "identity"}) {
    EXPECT_TRUE(holds(refused_column(R"({"type":"categorical_column_with_)" + end + "\"}"), here,
                      "did you mean 'sequence_categorical_column_with_" + end + "'?"));
  }
}

TEST(SpecJson, NamesOptionsOfTensorFlowThatAreNotHere) {
  const std::string here = "is not supported; see docs/semantics.md";
  for (const char* key :
       {"ckpt_to_load_from", "tensor_name_in_ckpt", "use_safe_embedding_lookup"}) {
    const std::string why =
        refused_column(embedding(R"(,"dimension":3,")" + std::string(key) + R"(":null)"));
    EXPECT_EQ(why, "JSON at /" + std::string(key) + ": '" + key + "' " + here);
  }
  EXPECT_TRUE(holds(refused_column(categorical(R"(,"key":"k","num_oov_buckets":1)")), here));
  EXPECT_TRUE(holds(refused_column(categorical(R"(,"key":"k","default_value":1)")),
                    "/default_value", "unknown key 'default_value'"));
  for (const char* type : {"random_normal", "RandomNormal", "zeros", "GlorotUniform", "constant"}) {
    const std::string why = refused_column(embedding(R"(,"dimension":3,"initializer":{"type":")" +
                                                     std::string(type) + R"(","seed":1})"));
    EXPECT_TRUE(holds(why, "/initializer/type: type: '" + std::string(type) + "' " + here)) << why;
  }
  EXPECT_TRUE(
      holds(refused_column(embedding(R"(,"dimension":3,"initializer":{"type":"TruncatedNormal"})")),
            "must be 'truncated_normal'"));
}

TEST(SpecJson, NamesWhatIsMissing) {
  EXPECT_TRUE(holds(refused("{}"), "columns"));
  EXPECT_TRUE(holds(refused(spec("{}")), "/columns/0", "type"));
  EXPECT_TRUE(holds(refused(spec(embedding(""))), "/columns/0", "dimension"));
  EXPECT_TRUE(holds(refused_column(R"({"type":"indicator_column"})"), "categorical_column"));
  EXPECT_TRUE(holds(refused_column(categorical(R"(,"hash_bucket_size":3)")), "key"));
  EXPECT_TRUE(holds(refused_column(categorical(R"(,"key":"speed")")), "hash_bucket_size", "speed"));
}

TEST(SpecJson, TakesIntegersOnlyAsJsonIntegers) {
  for (const char* bad : {"1000.0", "1e3", "\"1000\"", "true", "null", "[]", "{}", "2.5", "1", "0",
                          "-1", "9223372036854775808", "18446744073709551616"}) {
    const std::string why =
        refused_column(categorical(R"(,"key":"speed","hash_bucket_size":)" + std::string(bad)));
    EXPECT_TRUE(holds(why, "hash_bucket_size", "speed")) << bad << ": " << why;
    EXPECT_EQ(why.rfind("JSON at "), 0U) << "one place is named: " << why;
    const bool is_number = std::string("-0123456789").find(bad[0]) != std::string::npos;
    EXPECT_TRUE(!is_number || holds(why, bad)) << bad << ": " << why;
  }
  const Column largest =
      parse_column(categorical(R"(,"key":"k","hash_bucket_size":9223372036854775807)"));
  EXPECT_EQ(categorical_of(largest).rows(), std::numeric_limits<std::int64_t>::max());
  for (const char* bad : {"-1", "18446744073709551616", "1.0"}) {
    EXPECT_TRUE(holds(refused_column(embedding(
                          R"(,"dimension":3,"initializer":{"type":"truncated_normal","seed":)" +
                          std::string(bad) + "}")),
                      "seed", bad));
  }
}

TEST(SpecJson, RefusesValuesOfTheWrongKindNamingTheArgument) {
  for (const char* bad : {"5", "null", "true", "[\"a\"]", "\"\"", "{}"}) {
    EXPECT_TRUE(holds(
        refused_column(categorical(R"(,"hash_bucket_size":9,"key":)" + std::string(bad))), "key"))
        << bad;
  }
  for (const char* bad : {"float32", "bool", "Int8", ""}) {
    EXPECT_TRUE(holds(refused_column(categorical(R"(,"hash_bucket_size":9,"key":"k","dtype":")" +
                                                 std::string(bad) + "\"")),
                      "dtype", bad));
  }
  for (const char* bad : {"\"max\"", "\"Mean\"", "null", "1"}) {
    EXPECT_TRUE(holds(refused_column(embedding(R"(,"dimension":3,"combiner":)" + std::string(bad))),
                      "combiner", bad));
  }
  for (const char* bad : {"-1", "-0.5", "\"1\"", "true", "1e999", "1e-999"}) {
    EXPECT_TRUE(
        holds(refused_column(embedding(R"(,"dimension":3,"max_norm":)" + std::string(bad))), bad))
        << bad;
  }
  EXPECT_TRUE(holds(refused_column(embedding(R"(,"dimension":3,"trainable":1)")), "trainable"));
  EXPECT_TRUE(holds(refused_column(R"({"type":"indicator_column","categorical_column":)" +
                                   embedding(R"(,"dimension":3)") + "}"),
                    "categorical_column", "embedding_column"));
  EXPECT_TRUE(holds(refused_column(embedding(R"(,"dimension":3,"initializer":{"type":"zeros"})")),
                    "/initializer/type", "zeros"));
}

TEST(SpecJson, RefusesOptionsThatCannotBeMet) {
  EXPECT_TRUE(holds(refused(spec("", R"(,"max_length":0)")), "max_length", "0"));
  EXPECT_TRUE(holds(refused(spec("", R"(,"max_length":2.0)")), "/max_length", "2.0"));
  EXPECT_TRUE(holds(refused(spec("", R"(,"padding":"max_length")")), "padding", "max_length"));
  EXPECT_TRUE(holds(refused(spec("", R"(,"padding":"shortest")")), "/padding", "shortest"));
  EXPECT_TRUE(holds(refused(spec("", R"(,"truncation":null)")), "/truncation"));
  EXPECT_TRUE(holds(refused(spec("", R"(,"pad_to_multiple_of":null)")), "/pad_to_multiple_of"));
}

TEST(SpecJson, KnowsVersionOneOnly) {
  EXPECT_EQ(refused(spec("", R"(,"version":1)")), "");
  for (const char* bad : {"2", "0", "1.0", "\"1\"", "null", "true"}) {
    EXPECT_TRUE(holds(refused(spec("", R"(,"version":)" + std::string(bad))), "version", bad));
  }
}

TEST(SpecJson, RefusesColumnsOfOneName) {
  const std::string why =
      refused(spec(embedding(R"(,"dimension":3)") + "," + embedding(R"(,"dimension":4)")));
  EXPECT_TRUE(holds(why, "/columns", "tokens_embedding")) << why;
}

TEST(SpecJson, RefusesWhatIsNotStrictJson) {
  const std::vector<std::string> broken = {"",
                                           " ",
                                           "{",
                                           "[",
                                           "{\"columns\":[]",
                                           "{\"columns\":[]}x",
                                           "{\"columns\":[]}{}",
                                           "{\"columns\":[],}",
                                           "{columns:[]}",
                                           "{'columns':[]}",
                                           "{\"columns\":[NaN]}",
                                           "{\"columns\":[]} // no",
                                           "{\"columns\":[Infinity]}",
                                           "{\"columns\":[01]}",
                                           "{\"columns\":[+1]}",
                                           R"({"columns":["\ud800"]})",
                                           "{\"columns\":[\"\xff\"]}",
                                           "{\"columns\":[\"\xed\xa0\x80\"]}",
                                           "{\"columns\":[\"\n\"]}",
                                           std::string("{\"columns\":[]}\0x", 16),
                                           "nul"};
  for (const std::string& json : broken) EXPECT_TRUE(holds(refused(json), "JSON")) << json;
  for (const char* other : {"[]", "1", "null", "\"columns\"", "true"}) {
    EXPECT_TRUE(holds(refused(other), "object")) << other;
  }
}

TEST(SpecJson, RefusesKeysThatAppearTwice) {
  EXPECT_TRUE(holds(refused(R"({"columns":[],"columns":[]})"), "columns", "twice"));
  const std::string why = refused(spec(embedding(R"(,"dimension":3,"dimension":3)")));
  EXPECT_TRUE(holds(why, "/columns/0", "dimension", "twice")) << why;
}

TEST(SpecJson, RefusesDeepNestingWithoutRunningOutOfStack) {
  const std::string deep(1'000'000, '[');
  EXPECT_TRUE(holds(refused(deep), "64"));
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(holds(refused(nested(65)), "deeper"));
  EXPECT_TRUE(holds(refused(nested(64)), "must be an object"));
}

TEST(SpecJson, KeepsMessagesShortWhateverTheInput) {
  const std::string longest(1'000'000, 'k');
  EXPECT_LT(refused("{\"" + longest + "\":1}").size(), 1000U);
  EXPECT_LT(refused("\"" + longest).size(), 1000U);
  EXPECT_LT(refused(spec("", R"(,"padding":")" + longest + "\"")).size(), 1000U);
}

}  // namespace
}  // namespace seqfeat::test
