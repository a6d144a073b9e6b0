// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/spec_json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

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

std::string weighted(const std::string& members) {
  return R"({"type":"sequence_weighted_categorical_column")" + members + "}";
}

TEST(SpecJson, ReadsWeightedColumns) {
  const std::string inner =
      R"(,"categorical_column":)" + categorical(R"(,"key":"k","hash_bucket_size":9)");
  const auto embedded = [](const std::string& column) {
    return spec(R"({"type":"embedding_column","dimension":3,"categorical_column":)" + column + "}");
  };
  const auto made = sequence_weighted_categorical_column(
      sequence_categorical_column_with_hash_bucket("k", 9), "w");
  EXPECT_EQ(parse_column(weighted(inner + R"(,"weight_feature_key":"w")")), Column(made));
  const Spec got =
      parse_spec(embedded(weighted(inner + R"(,"weight_feature_key":"w","dtype":"float32")")));
  EXPECT_EQ(got.columns, std::vector<Column>{embedding_column(made, 3)});
  EXPECT_TRUE(holds(to_json(got), R"("weight_feature_key": "w", "dtype": "float32"}})"))
      << to_json(got);
  EXPECT_EQ(parse_spec(to_json(got)).columns, got.columns);
  const std::string in = "/columns/0/categorical_column";
  for (const auto& [members, place, why] : std::vector<std::array<std::string, 3>>{
           {inner, in, "'weight_feature_key' is missing"},
           {R"(,"weight_feature_key":"w")", in, "'categorical_column' is missing"},
           {inner + R"(,"weight_feature_key":7)", in + "/weight_feature_key", "a string"},
           {inner + R"(,"weight_feature_key":"k")", in, "the key itself for key 'k'"},
           {inner + R"(,"weight_feature_key":"w","dtype":"int64")", in + "/dtype", "float32"},
           {inner + R"(,"weight_feature_key":"w","key":"k")", in + "/key", "unknown key 'key'"},
           {R"(,"weight_feature_key":"w","categorical_column":)" +
                weighted(inner + R"(,"weight_feature_key":"v")"),
            in + "/categorical_column/type", "must be a"}}) {
    const std::string got_why = refused(embedded(weighted(members)));
    EXPECT_TRUE(holds(got_why, "JSON at " + place, why)) << members << ": " << got_why;
  }
  const std::string column = weighted(inner + R"(,"weight_feature_key":"w")");
  EXPECT_TRUE(holds(refused(spec(column)), "JSON at /columns", "'k_weighted_by_w'", "embed it"));
  EXPECT_TRUE(
      holds(refused(spec(R"({"type":"indicator_column","categorical_column":)" + column + "}")),
            "JSON at /columns/0", "indicator_column", "'k_weighted_by_w'"));
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
           {R"("key":"i","num_buckets":5,"boundaries":1)", "/boundaries",
            ": 'boundaries' is not supported; see docs/semantics.md"}}) {
    const std::string column = identity("," + members);
    const std::string got = refused(spec(column));
    EXPECT_EQ(got.find("JSON at /columns/0" + place + why), 0U) << members << ": " << got;
    EXPECT_TRUE(
        holds(refused_column(R"({"type":"indicator_column","categorical_column":)" + column + "}"),
              "/categorical_column" + place + why))
        << members;
  }
}

TEST(SpecJson, ReadsSaltAndMaskOfAHash) {
  const auto read = [](const std::string& members) {
    return parse_column(categorical(R"(,"key":"k","hash_bucket_size":9)" + members));
  };
  const auto made = [](DType dtype, const HashBucketOptions& options) -> Column {
    return sequence_categorical_column_with_hash_bucket("k", 9, dtype, options);
  };
  EXPECT_EQ(read(R"(,"salt":null,"mask_value":null)"), made(DType::string, {}));
  EXPECT_EQ(read(R"(,"salt":["1","18446744073709551615"],"mask_value":"")"),
            made(DType::string, {.salt = HashKey{1, ~std::uint64_t{0}}, .mask_value = ""}));
  EXPECT_EQ(read(R"(,"mask_value":-1,"dtype":"int64")"),
            made(DType::int64, {.mask_value = std::int64_t{-1}}));
  EXPECT_EQ(read(R"(,"mask_value":18446744073709551615,"dtype":"uint64")"),
            made(DType::uint64, {.mask_value = ~std::uint64_t{0}}));
  for (const char* salt : {"1", "[1,2]", R"(["1"])", R"(["1","2","3"])", R"(["-1","2"])",
                           R"(["1","18446744073709551616"])", R"("1,2")"}) {
    EXPECT_TRUE(holds(refused_column(categorical(R"(,"key":"k","hash_bucket_size":9,"salt":)" +
                                                 std::string(salt))),
                      "JSON at /salt: salt: must be null or two integers", "for key 'k'"))
        << salt;
  }
  for (const auto& [mask, why] : std::vector<std::array<std::string, 2>>{
           {"1", "must be a string, got 1"},
           {R"("a","dtype":"int8")", "in the range of int8, got \"a\""},
           {R"(1.0,"dtype":"int8")", "in the range of int8, got 1.0"},
           {R"(128,"dtype":"int8")", "in the range of int8, got 128"},
           {R"(-1,"dtype":"uint64")", "in the range of uint64, got -1"}}) {
    EXPECT_TRUE(holds(
        refused_column(categorical(R"(,"key":"k","hash_bucket_size":9,"mask_value":)" + mask)),
        "mask_value", why))
        << mask;
  }
}

std::string vocabulary(const std::string& members) {
  return R"({"type":"sequence_categorical_column_with_vocabulary_list","key":"k",)" + members + "}";
}

TEST(SpecJson, ReadsVocabularyLists) {
  using Words = std::vector<std::string>;
  using Integers = std::vector<std::int64_t>;
  const auto made = [](const auto& words, const VocabularyOptions& options) -> Column {
    return sequence_categorical_column_with_vocabulary_list("k", words, options);
  };
  EXPECT_EQ(parse_column(vocabulary(R"("vocabulary_list":["b","","日"])")),
            made(Words{"b", "", "日"}, {}));
  EXPECT_EQ(parse_column(vocabulary(R"("vocabulary_list":[3,-9223372036854775808])")),
            made(Integers{3, INT64_MIN}, {}));
  EXPECT_EQ(categorical_of(parse_column(vocabulary(R"("vocabulary_list":[3])"))).dtype(),
            DType::int64);
  EXPECT_EQ(parse_column(vocabulary(
                R"("vocabulary_list":[3],"dtype":"uint8","num_oov_buckets":5,"default_value":-1)")),
            made(Integers{3}, {.dtype = DType::uint8, .num_oov_buckets = 5}));
  EXPECT_EQ(parse_column(vocabulary(R"("vocabulary_list":["a"],"default_value":-99)")),
            made(Words{"a"}, {.default_value = -99}));
}

TEST(SpecJson, RefusesVocabulariesThatMeanNothing) {
  for (const auto& [members, why] : std::vector<std::array<std::string, 2>>{
           {R"("default_value":1)", "'vocabulary_list' is missing for key 'k'"},
           {R"("vocabulary_list":[])", "vocabulary_list: must not be empty for key 'k'"},
           {R"("vocabulary_list":"a")", "/vocabulary_list: vocabulary_list: must be a list"},
           {R"("vocabulary_list":["a",1])", "list of strings or of integers of 64 bits, got 1"},
           {R"("vocabulary_list":[1,"a"])", "got \"a\""},
           {R"("vocabulary_list":[1.5])", "got 1.5"},
           {R"("vocabulary_list":[9223372036854775808])", "got 9223372036854775808"},
           {R"("vocabulary_list":["a","b","a"])", "got 'a' at 0 and 2 for key 'k'"},
           {R"("vocabulary_list":[7,7])", "got 7 at 0 and 1"},
           {R"("vocabulary_list":["a"],"dtype":"int8")", "dtype: must be that of the"},
           {R"("vocabulary_list":[1],"dtype":"string")", "dtype: must be that of the"},
           {R"("vocabulary_list":["a"],"num_oov_buckets":-1)", "num_oov_buckets: must be 0"},
           {R"("vocabulary_list":["a"],"num_oov_buckets":9223372036854775807)", "num_oov_buckets"},
           {R"("vocabulary_list":["a"],"num_oov_buckets":2,"default_value":0)",
            "default_value: got 0 beside 2 num_oov_buckets"},
           {R"("vocabulary_list":["a"],"default_value":null)", "default_value: must be"},
           {R"("vocabulary_list":["a"],"vocabulary_size":1)", "unknown key 'vocabulary_size'"}}) {
    EXPECT_TRUE(holds(refused_column(vocabulary(members)), why))
        << members << ": " << refused_column(vocabulary(members));
  }
}

TEST(SpecJson, ReadsVocabularyFiles) {
  const auto column = [](const std::string& members) {
    return R"({"type":"sequence_categorical_column_with_vocabulary_file","key":"k",)" + members +
           "}";
  };
  const TemporaryDirectory directory;
  const std::string path = (directory / "words").string();
  std::ofstream(path) << "a\nb";
  const auto of = [](const Column& read) { return categorical_of(read); };
  const Column counted = parse_column(column(R"("vocabulary_file":")" + path + '"'));
  EXPECT_EQ(of(counted).rows(), 2);
  EXPECT_NE(to_json({{counted}, {}}).find(R"("vocabulary_size": null, "default_value": null)"),
            std::string::npos);
  // The size is said: nothing is looked at before a layer is made.
  const Column sized = parse_column(
      column(R"("vocabulary_file":"/no/such","vocabulary_size":7,"num_oov_buckets":2)"));
  EXPECT_EQ(of(sized).rows(), 9);
  EXPECT_EQ(parse_column(
                column(R"("vocabulary_file":"/no/such","vocabulary_size":7,"num_oov_buckets":2)")),
            sized);
  for (const auto& [members, why] : std::vector<std::array<std::string, 2>>{
           {R"("vocabulary_size":1)", "'vocabulary_file' is missing"},
           {R"("vocabulary_file":"")", "vocabulary_file: must not be empty"},
           {R"("vocabulary_file":"/no/such")", "'/no/such' cannot be opened"},
           {R"("vocabulary_file":"/dev/null")", "'/dev/null' is no regular file"},
           {R"("vocabulary_file":"a\u0000b","vocabulary_size":1)", "zero byte"},
           {R"("vocabulary_file":"/w.tfrecord.gz","vocabulary_size":1)", "TFRecords are not read"},
           {R"("vocabulary_file":"/no/such","vocabulary_size":0)", "vocabulary_size: must be >= 1"},
           {R"("vocabulary_file":"/no/such","vocabulary_size":4294967295)", "at most 4294967294"},
           {R"("vocabulary_file":"/x","vocabulary_size":1,"default_value":-1,"num_oov_buckets":1)",
            "default_value: got -1 beside 1"}}) {
    EXPECT_TRUE(holds(refused_column(column(members)), why))
        << members << ": " << refused_column(column(members));
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
  for (const char* type : {"weighted_categorical_column", "shared_embeddings",
                           "shared_embedding_columns", "numeric_column", "bucketized_column"}) {
    const std::string column = R"({"type":")" + std::string(type) + R"(","key":"k"})";
    const std::string why = refused(spec(column));
    EXPECT_TRUE(holds(why, "/columns/0/type: type: '" + std::string(type) + "' " + here)) << why;
    EXPECT_FALSE(holds(why, "did you mean")) << why;
    const std::string inner =
        refused_column(R"({"type":"indicator_column","categorical_column":)" + column + "}");
    EXPECT_TRUE(holds(inner, "/categorical_column/type", type, here)) << inner;
  }
  for (const std::string end : {"hash_bucket", "identity", "vocabulary_list", "vocabulary_file"}) {
    EXPECT_TRUE(holds(refused_column(R"({"type":"categorical_column_with_)" + end + "\"}"), here,
                      "did you mean 'sequence_categorical_column_with_" + end + "'?"));
  }
  EXPECT_TRUE(holds(refused_column(R"({"type":"crossed_column"})"), here,
                    "did you mean 'sequence_crossed_column'?"));
}

TEST(SpecJson, NamesOptionsOfTensorFlowThatAreNotHere) {
  const std::string here = "is not supported; see docs/semantics.md";
  for (const char* key :
       {"ckpt_to_load_from", "tensor_name_in_ckpt", "use_safe_embedding_lookup"}) {
    const std::string why =
        refused_column(embedding(R"(,"dimension":3,")" + std::string(key) + R"(":null)"));
    EXPECT_EQ(why, "JSON at /" + std::string(key) + ": '" + key + "' " + here);
  }
  EXPECT_TRUE(holds(refused_column(categorical(R"(,"key":"k","boundaries":[1])")), here));
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
