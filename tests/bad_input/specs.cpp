// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/spec_json.hpp"
#include "tests/bad_input/bad_input.hpp"

namespace seqfeat::test {
namespace {

/// A spec of one column, in which `from` is replaced.
std::string spec(const std::string& from, const std::string& to) {
  std::string text =
      R"({"version": 1, "columns": [{"type": "embedding_column", "dimension": 10,)"
      R"( "combiner": "mean", "categorical_column": {"key": "w", "hash_bucket_size": 1000,)"
      R"( "type": "sequence_categorical_column_with_hash_bucket", "dtype": "string"}}]})";
  return text.replace(text.find(from), from.size(), to);
}

/// The same with an identity column, whose member `default_value` is given.
std::string identity(const std::string& value) {
  return spec(
      R"("hash_bucket_size": 1000, "type": "sequence_categorical_column_with_hash_bucket", )"
      R"("dtype": "string")",
      R"("type": "sequence_categorical_column_with_identity", "num_buckets": 1000, )"
      R"("default_value": )" +
          value);
}

BadInput refused(std::string what, std::string text, std::vector<std::string> words) {
  return {std::move(what), Refusal::invalid_argument, std::move(words),
          [text = std::move(text)] { (void)parse_spec(text); }};
}

}  // namespace

std::vector<BadInput> bad_specs() {
  const std::string categorical = "/columns/0/categorical_column";
  const std::string size = categorical + "/hash_bucket_size";
  const std::string value = categorical + "/default_value";
  const std::string deep = R"({"columns": )" + std::string(64, '[');
  return {
      refused("a size of 1000.0", spec("1000", "1000.0"), {size, "1000.0", "integer"}),
      refused("a size that is a string", spec("1000", "\"1000\""), {size, "\"1000\""}),
      refused("a size that is true", spec("1000", "true"), {size, "true"}),
      refused("a size of 1 in JSON", spec("1000", "1"), {categorical, "hash_bucket_size", "got 1"}),
      refused("a size of -5 in JSON", spec("1000", "-5"), {"hash_bucket_size", "got -5"}),
      refused("a size of 2 to the 63", spec("1000", "9223372036854775808"), {size}),
      refused("a size beyond all integers", spec("1000", std::string(500, '9')), {"JSON", "..."}),
      refused("a default of 1000 ids past the end", identity("1000"),
              {categorical, "default_value", "got 1000"}),
      refused("a negative default", identity("-1"), {categorical, "default_value", "got -1"}),
      refused("a default with a fraction", identity("1.5"), {value, "null or", "1.5"}),
      refused("a default that is a string", identity("\"1\""), {value, "\"1\""}),
      refused("an identity column of strings", identity(R"(1, "dtype": "string")"),
              {categorical, "dtype", "string"}),
      refused("an identity column with a hash", identity(R"(1, "hash_bucket_size": 9)"),
              {categorical + "/hash_bucket_size", "unknown key"}),
      refused("a hash with a default", spec("\"string\"", "\"string\", \"default_value\": 1"),
              {categorical + "/default_value", "unknown key"}),
      refused("a float dtype", spec("\"string\"", "\"float32\""), {"dtype", "float32", "'int64'"}),
      refused("an empty key in JSON", spec("\"w\"", "\"\""), {categorical, "key", "empty"}),
      refused("no size", spec("\"hash_bucket_size\": 1000, ", ""),
              {"'hash_bucket_size' is missing"}),
      refused("a misspelt key", spec("dimension", "dimensoin"), {"dimensoin", "'dimension'"}),
      refused("a column of an unknown type", spec("embedding_column", "embed"),
              {"/columns/0/type"}),
      refused("an embedding of an embedding",
              spec("sequence_categorical_column_with_hash_bucket", "embedding_column"),
              {categorical, "'embedding_column'"}),
      refused("a combiner that JSON does not know", spec("mean", "max"), {"combiner", "'sqrtn'"}),
      refused("a dimension of null", spec("10,", "null,"), {"/columns/0/dimension", "null"}),
      refused("version 2", spec("1, ", "2, "), {"/version", "got 2"}),
      refused("a duplicate key", R"({"columns": [], "columns": []})", {"'columns'", "twice"}),
      refused("the same column twice in JSON",
              R"({"columns": [{"type": "sequence_categorical_column_with_hash_bucket", "key": "w",)"
              R"( "hash_bucket_size": 5}, {"type": "sequence_categorical_column_with_hash_bucket",)"
              R"( "key": "w", "hash_bucket_size": 6}]})",
              {"/columns", "'w'"}),
      refused("65 levels", deep, {"deeper than 64"}),
      refused("a million levels", std::string(1'000'000, '['), {"deeper than 64"}),
      refused("NaN", R"({"columns": [], "max_length": NaN})", {"JSON", "line 1"}),
      refused("a number that a double cannot hold",
              spec("\"mean\"", "\"mean\", \"max_norm\": 1e999"), {"JSON"}),
      refused("text behind the spec", R"({"columns": []} x)", {"JSON", "line 1, column 17"}),
      refused("a comment", "{\"columns\": [] /* none */}", {"JSON"}),
      refused("a comma too many", R"({"columns": [],})", {"JSON"}),
      refused("no text", "", {"JSON"}),
      refused("a cut text", R"({"columns": [)", {"JSON"}),
      refused("a NUL behind the spec", std::string("{\"columns\": []}\0{}", 17),
              {"NUL", "line 1, column 16"}),
      refused("a string that is not UTF-8", spec("\"w\"", "\"\xff\""), {"JSON", "UTF-8"}),
      refused("half a surrogate pair", spec("\"w\"", R"("\ud800")"), {"JSON"}),
      refused("a spec that is a list", "[]", {"the top", "an array"}),
      refused("columns that are an object", R"({"columns": {}})", {"/columns", "an object"}),
      refused("no columns in JSON", "{}", {"'columns' is missing"}),
      refused("an unknown padding", R"({"columns": [], "padding": "left"})",
              {"/padding", "longest"}),
      refused("a key of a megabyte",
              spec("\"w\"", '"' + std::string(1 << 20, 'w') + "\", \"x\": 1"), {"unknown key 'x'"}),
  };
}

}  // namespace seqfeat::test
