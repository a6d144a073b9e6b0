// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <optional>

#include "seqfeat/column.hpp"
#include "seqfeat/layer.hpp"
#include "tests/bad_input/bad_input.hpp"

namespace seqfeat::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

CategoricalColumn tokens(std::int64_t buckets = 10, DType dtype = DType::string) {
  return sequence_categorical_column_with_hash_bucket("tokens", buckets, dtype);
}

void identity(std::int64_t buckets, std::optional<std::int64_t> value = {},
              DType dtype = DType::int64) {
  (void)sequence_categorical_column_with_identity("shop", buckets, value, dtype);
}

void embed(std::int64_t dimension, const EmbeddingOptions& options = {}) {
  (void)embedding_column(tokens(), dimension, options);
}

void layer(std::vector<Column> columns, const LayerOptions& options = {}) {
  const SequenceFeatures made(std::move(columns), Backend::cpu(), options);
}

}  // namespace

std::vector<BadInput> bad_columns() {
  constexpr auto kRefused = Refusal::invalid_argument;
  const auto key = [](const char* text) {
    return [text] { (void)sequence_categorical_column_with_hash_bucket(text, 10); };
  };
  const auto options = [](const LayerOptions& given) {
    return [given] { layer({embedding_column(tokens(), 2)}, given); };
  };
  return {
      {"one bucket", kRefused, {"hash_bucket_size", "> 1", "got 1", "'tokens'"}, [] { tokens(1); }},
      {"no bucket", kRefused, {"hash_bucket_size", "> 1", "got 0"}, [] { tokens(0); }},
      {"minus five buckets", kRefused, {"hash_bucket_size", "got -5"}, [] { tokens(-5); }},
      {"a dtype that is none", kRefused, {"dtype", "99"}, [] { tokens(10, DType{99}); }},
      {"no ids", kRefused, {"num_buckets", ">= 1", "got 0", "'shop'"}, [] { identity(0); }},
      {"a default of -1", kRefused, {"default_value", "got -1", "'shop'"}, [] { identity(9, -1); }},
      {"a default past the end", kRefused, {"default_value", "8", "got 9"}, [] { identity(9, 9); }},
      {"ids that are strings",
       kRefused,
       {"dtype", "got string", "'shop'"},
       [] { identity(9, 0, DType::string); }},
      {"an empty key", kRefused, {"key", "empty"}, key("")},
      {"a key that is not UTF-8", kRefused, {"key", "UTF-8", "byte 1"}, key("a\xff")},
      {"dimension 0", kRefused, {"dimension", "got 0", "'tokens'"}, [] { embed(0); }},
      {"dimension -1", kRefused, {"dimension", "got -1"}, [] { embed(-1); }},
      {"dimension 2 to the 31", kRefused, {"2147483648"}, [] { embed(std::int64_t{1} << 31); }},
      {"max_norm -1", kRefused, {"max_norm", "got -1"}, [] { embed(2, {.max_norm = -1}); }},
      {"max_norm 1e39", kRefused, {"max_norm", "1e+39"}, [] { embed(2, {.max_norm = 1e39}); }},
      {"max_norm NaN", kRefused, {"max_norm", "nan"}, [] { embed(2, {.max_norm = kNan}); }},
      {"stddev 0", kRefused, {"stddev", "got 0"}, [] { embed(2, {.initializer = {.stddev = 0}}); }},
      {"mean NaN", kRefused, {"mean"}, [] { embed(2, {.initializer = {.mean = kNan}}); }},
      {"a combiner that is none",
       kRefused,
       {"combiner"},
       [] { embed(2, {.combiner = Combiner{9}}); }},
      {"no columns", kRefused, {"columns", "none"}, [] { layer({}); }},
      {"a column twice",
       kRefused,
       {"columns", "'tokens_indicator'"},
       [] {
         layer({indicator_column(tokens(8)), indicator_column(tokens(9))});
       }},
      {"a key of two dtypes",
       kRefused,
       {"tokens", "int64", "string"},
       [] {
         layer({indicator_column(tokens()), embedding_column(tokens(9, DType::int64), 2)});
       }},
      {"max_length 0", kRefused, {"max_length", "got 0"}, options({.max_length = 0})},
      {"max_length -7", kRefused, {"max_length", "got -7"}, options({.max_length = -7})},
      {"padding without a length",
       kRefused,
       {"padding", "max_length"},
       options({.padding = Padding::max_length})},
      {"multiples of 0", kRefused, {"pad_to_multiple_of"}, options({.pad_to_multiple_of = 0})},
      {"a truncation that is none",
       kRefused,
       {"truncation"},
       options({.truncation = Truncation{7}})},
  };
}

}  // namespace seqfeat::test
