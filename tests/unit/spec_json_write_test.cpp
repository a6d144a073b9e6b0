// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/spec_json.hpp"
#include "spec/column_order.hpp"
#include "spec/json_text.hpp"

namespace seqfeat::test {
namespace {

TEST(SpecJsonWriter, WritesTheCanonicalText) {
  const auto tokens = sequence_categorical_column_with_hash_bucket("to\"\\\n\x01日", 1000);
  const Spec got{{indicator_column(tokens), embedding_column(tokens, 10)}, {.max_length = 7}};
  EXPECT_EQ(to_json(got), R"({
  "version": 1,
  "columns": [
    {"type": "embedding_column", "dimension": 10, "combiner": "mean", "max_norm": null, "trainable": true, "initializer": {"type": "truncated_normal", "mean": 0.0, "stddev": null, "seed": 0}, "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket", "key": "to\"\\\n\u0001日", "hash_bucket_size": 1000, "dtype": "string"}},
    {"type": "indicator_column", "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket", "key": "to\"\\\n\u0001日", "hash_bucket_size": 1000, "dtype": "string"}}
  ],
  "max_length": 7,
  "truncation": "error",
  "padding": "longest",
  "padding_side": "right",
  "pad_to_multiple_of": 1
}
)");
}

TEST(SpecJsonWriter, WritesAllMembersOfIdentityColumns) {
  const auto line = [](const CategoricalColumn& column) {
    const std::string text = to_json({{column}, {}});
    const std::size_t begin = text.find("    {") + 4;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  const std::string type = R"({"type": "sequence_categorical_column_with_identity", )";
  EXPECT_EQ(line(sequence_categorical_column_with_identity("i", 5)),
            type + R"("key": "i", "num_buckets": 5, "default_value": null, "dtype": "int64"})");
  EXPECT_EQ(line(sequence_categorical_column_with_identity("i", 1, 0, DType::uint16)),
            type + R"("key": "i", "num_buckets": 1, "default_value": 0, "dtype": "uint16"})");
}

TEST(SpecJsonWriter, WritesSaltAndMaskOfAHashOnlyWhereTheyAreSet) {
  const auto members = [](DType dtype, const HashBucketOptions& options) {
    const std::string text =
        to_json({{sequence_categorical_column_with_hash_bucket("k", 9, dtype, options)}, {}});
    const std::size_t begin = text.find("\"hash_bucket_size\"");
    return text.substr(begin, text.find('}', begin) - begin);
  };
  EXPECT_EQ(members(DType::string, {}), R"("hash_bucket_size": 9, "dtype": "string")");
  EXPECT_EQ(members(DType::string, {.salt = HashKey{1, ~std::uint64_t{0}}, .mask_value = "\n"}),
            R"("hash_bucket_size": 9, "salt": ["1", "18446744073709551615"], )"
            R"("mask_value": "\n", "dtype": "string")");
  EXPECT_EQ(members(DType::int8, {.mask_value = std::int64_t{-1}}),
            R"("hash_bucket_size": 9, "mask_value": -1, "dtype": "int8")");
  EXPECT_EQ(members(DType::uint64, {.mask_value = ~std::uint64_t{0}}),
            R"("hash_bucket_size": 9, "mask_value": 18446744073709551615, "dtype": "uint64")");
}

TEST(SpecJsonWriter, WritesNumbersThatReadBack) {
  EXPECT_EQ(json_number(0.0), "0.0");
  EXPECT_EQ(json_number(-0.0), "0.0");
  EXPECT_EQ(json_number(3), "3.0");
  EXPECT_EQ(json_number(0.1), "0.1");
  EXPECT_EQ(json_number(1e300), "1e+300");
  EXPECT_EQ(json_number(5e-324), "5e-324");
  EXPECT_THROW(static_cast<void>(json_string("\xff")), InvalidArgument);
}

/// Random specs of every kind of column, with awkward keys and numbers.
class RandomSpecs {
 public:
  explicit RandomSpecs(std::uint64_t seed) : random_(seed) {}

  Spec next() {
    Spec out;
    const std::uint64_t count = below(6);
    for (std::uint64_t i = 0; i < count; ++i) out.columns.push_back(column(std::to_string(i)));
    if (below(2) == 0) out.options.max_length = static_cast<std::int64_t>(1 + below(1U << 30U));
    out.options.truncation = static_cast<Truncation>(below(3));
    if (out.options.max_length) out.options.padding = static_cast<Padding>(below(2));
    out.options.padding_side = static_cast<PaddingSide>(below(2));
    out.options.pad_to_multiple_of = static_cast<std::int64_t>(1 + below(100));
    return out;
  }
  void shuffle(std::vector<Column>& columns) {
    std::shuffle(columns.begin(), columns.end(), random_);
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  double positive() {
    return std::ldexp(1.0 + static_cast<double>(below(1U << 20U)),
                      static_cast<int>(below(400)) - 300);  // float32 holds it as a max_norm
  }

  CategoricalColumn categorical(const std::string& key, std::int64_t rows) {
    if (below(2) == 0) {
      const auto dtype = static_cast<DType>(below(9));
      HashBucketOptions options;
      if (below(3) == 0) options.salt = HashKey{random_(), random_()};
      if (below(3) == 0 && dtype == DType::string) options.mask_value = key;
      if (below(3) == 0 && dtype == DType::uint64) options.mask_value = random_();
      if (below(3) == 0 && dtype == DType::int64) {
        options.mask_value = static_cast<std::int64_t>(random_());
      }
      return sequence_categorical_column_with_hash_bucket(key, rows, dtype, options);
    }
    if (below(2) == 0) return vocabulary(key);
    std::optional<std::int64_t> value;
    if (below(2) == 0) value = static_cast<std::int64_t>(below(static_cast<std::uint64_t>(rows)));
    return sequence_categorical_column_with_identity(key, rows, value,
                                                     static_cast<DType>(1 + below(8)));
  }

  CategoricalColumn vocabulary(const std::string& key) {
    VocabularyOptions options;
    if (below(2) == 0) options.num_oov_buckets = static_cast<std::int64_t>(1 + below(1U << 30U));
    const bool with_default = options.num_oov_buckets == 0 && below(2) == 0;
    if (with_default) options.default_value = static_cast<std::int64_t>(random_());
    switch (below(3)) {
      case 0:
        return sequence_categorical_column_with_vocabulary_list(
            key, std::vector<std::string>{key, "", key + "\"\n"}, options);
      case 1:
        options.dtype = static_cast<DType>(1 + below(8));
        return sequence_categorical_column_with_vocabulary_list(
            key, std::vector<std::int64_t>{static_cast<std::int64_t>(random_()), 7, -1}, options);
      default:
        options.dtype = static_cast<DType>(below(9));
        return sequence_categorical_column_with_vocabulary_file(
            key, "/no such/" + key, static_cast<std::int64_t>(1 + below(1U << 30U)), options);
    }
  }

  Column column(const std::string& suffix) {
    static const std::vector<std::string> kKeys = {"a", "日本", "\"", "\\u0000", "\n", "a/b~", " "};
    const CategoricalColumn categorical =
        this->categorical(kKeys[below(kKeys.size())] + suffix,
                          static_cast<std::int64_t>(2 + (random_() >> (2 + below(60)))));
    switch (below(3)) {
      case 0:
        return categorical;
      case 1:
        return indicator_column(categorical);
      default:
        break;
    }
    EmbeddingOptions options;
    options.combiner = static_cast<Combiner>(below(3));
    if (below(2) == 0) options.max_norm = below(2) == 0 ? -0.0 : positive();
    options.trainable = below(2) == 0;
    options.initializer = {below(2) == 0 ? -positive() : 0.0, {}, random_()};
    if (below(2) == 0) options.initializer.stddev = positive();
    return embedding_column(categorical, static_cast<std::int64_t>(1 + below((1U << 31U) - 1)),
                            options);
  }

  std::mt19937_64 random_;
};

TEST(SpecJsonWriter, ReadsBackWhatItWroteAndEqualSpecsWriteEqualBytes) {
  RandomSpecs specs(20240607);
  for (int i = 0; i < 2000; ++i) {
    Spec spec = specs.next();
    const std::string text = to_json(spec);
    const Spec read = parse_spec(text);
    specs.shuffle(spec.columns);
    ASSERT_EQ(to_json(spec), text);
    ASSERT_EQ(to_json(read), text);
    sort_by_name(spec.columns);
    ASSERT_EQ(read.columns, spec.columns) << text;
    ASSERT_EQ(read.options, spec.options) << text;
  }
}

}  // namespace
}  // namespace seqfeat::test
