// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/columns.hpp"

#include <array>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "seqfeat/fingerprint.hpp"
#include "seqfeat/spec_json.hpp"
#include "tests/golden/decode.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::golden {
namespace {

constexpr const char* kHashBucket = "sequence_categorical_column_with_hash_bucket";
constexpr const char* kNumeric = "sequence_numeric_column";
constexpr const char* kWeighted = "sequence_weighted_categorical_column";
constexpr const char* kIdentity = "sequence_categorical_column_with_identity";
constexpr const char* kVocabularyList = "sequence_categorical_column_with_vocabulary_list";
constexpr const char* kVocabularyFile = "sequence_categorical_column_with_vocabulary_file";

bool is_categorical(const Json& type) {
  return type == kHashBucket || type == kIdentity || type == kVocabularyList ||
         type == kVocabularyFile;
}

/// The path of a file with the bytes that a case holds.
std::string file_with(const std::string& bytes) {
  static const test::TemporaryDirectory directory;
  const auto path = directory / (std::to_string(fingerprint64(bytes)) + ".txt");
  std::ofstream(path, std::ios::binary) << bytes;
  return path.string();
}

/// A column as a spec says it: cases hold bytes and large integers in their own form.
Json as_in_specs(Json column) {
  if (column.contains("categorical_column")) {
    column["categorical_column"] = as_in_specs(column["categorical_column"]);
  }
  if (column.contains("vocabulary_list_b64")) {
    column["vocabulary_list"] = list_of_bytes_from(column["vocabulary_list_b64"]);
    column.erase("vocabulary_list_b64");
  } else if (column.contains("vocabulary_list")) {
    column["vocabulary_list"] = int64s_from(column["vocabulary_list"]);
  }
  if (column.contains("file_b64")) {
    column["vocabulary_file"] = file_with(bytes_from(column["file_b64"]));
    column.erase("file_b64");
  }
  return column;
}

/// A type that nobody knows would pass for a refused column; so it is looked at first.
void check_types(const Json& column) {
  const Json& type = member(column, "type");
  if (is_categorical(type) || type == kNumeric) return;
  if (type != "embedding_column" && type != "indicator_column" &&
      type != "shared_embedding_column" && type != kWeighted) {
    throw BadCase("unknown column type " + type.dump());
  }
  check_types(member(column, "categorical_column"));
}

std::optional<std::int64_t> int64_of(const Json& json) {
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  if (!json.is_number_integer()) return std::nullopt;
  return json.get<std::int64_t>();
}

std::optional<Combiner> combiner_of(const Json& json) {
  for (const Combiner c : {Combiner::mean, Combiner::sum, Combiner::sqrtn}) {
    if (json == to_string(c)) return c;
  }
  return std::nullopt;
}

CategoricalColumn vocabulary_from_factory(const Json& json) {
  const auto key = member(json, "key").get<std::string>();
  const Json& value = member(json, "default_value");
  const VocabularyOptions options{.dtype = dtype_of(json),
                                  .default_value = int64_of(value),
                                  .num_oov_buckets = int64_from(member(json, "num_oov_buckets"))};
  if (json["type"] == kVocabularyFile) {
    return sequence_categorical_column_with_vocabulary_file(
        key, member(json, "vocabulary_file").get<std::string>(),
        int64_of(member(json, "vocabulary_size")), options);
  }
  const Json& list = member(json, "vocabulary_list");
  return list.front().is_string() ? sequence_categorical_column_with_vocabulary_list(
                                        key, list.get<std::vector<std::string>>(), options)
                                  : sequence_categorical_column_with_vocabulary_list(
                                        key, list.get<std::vector<std::int64_t>>(), options);
}

std::optional<CategoricalColumn> categorical_from_factory(const Json& json) {
  const Json& kind = member(json, "type");
  if (kind == kWeighted) {
    const auto inner = categorical_from_factory(member(json, "categorical_column"));
    if (!inner) return std::nullopt;
    return sequence_weighted_categorical_column(
        *inner, member(json, "weight_feature_key").get<std::string>());
  }
  if (!is_categorical(kind)) return std::nullopt;
  if (kind == kVocabularyList || kind == kVocabularyFile) return vocabulary_from_factory(json);
  const bool identity = json["type"] == kIdentity;
  const Json& key = member(json, "key");
  const auto size = int64_of(member(json, identity ? "num_buckets" : "hash_bucket_size"));
  const Json type = json.value("dtype", Json(identity ? "int64" : "string"));
  if (!key.is_string() || !size || !type.is_string()) return std::nullopt;
  const auto dtype = dtype_from(type.get<std::string>());
  if (!dtype) return std::nullopt;
  const auto name = key.get<std::string>();
  if (!identity) return sequence_categorical_column_with_hash_bucket(name, *size, *dtype);
  const Json& value = member(json, "default_value");
  const auto default_value = int64_of(value);
  if (!default_value && !value.is_null()) return std::nullopt;
  return sequence_categorical_column_with_identity(name, *size, default_value, *dtype);
}

std::optional<Column> column_from_factory(const Json& json) {
  const Json& type = member(json, "type");
  if (is_categorical(type)) return categorical_from_factory(json);
  if (type == kNumeric) {
    return sequence_numeric_column(member(json, "key").get<std::string>(),
                                   member(json, "shape").get<std::vector<std::int64_t>>(),
                                   member(json, "default_value").get<double>());
  }
  const auto categorical = categorical_from_factory(member(json, "categorical_column"));
  if (!categorical) return std::nullopt;
  if (type == "indicator_column") return indicator_column(*categorical);
  const auto dimension = int64_of(member(json, "dimension"));
  const auto combiner = combiner_of(member(json, "combiner"));
  const Json& norm = member(json, "max_norm");
  if (!dimension || !combiner || !(norm.is_null() || norm.is_number())) return std::nullopt;
  EmbeddingOptions options;
  options.combiner = *combiner;
  if (!norm.is_null()) options.max_norm = norm.get<double>();
  if (type == "embedding_column") return embedding_column(*categorical, *dimension, options);
  return shared_embedding_column(*categorical, *dimension, member(json, "table").get<std::string>(),
                                 options);
}

}  // namespace

std::vector<Column> columns_from_json(const Json& list) {
  for (const Json& column : list) check_types(column);
  std::vector<Column> columns;
  for (const Json& column : list) columns.push_back(parse_column(as_in_specs(column).dump()));
  return columns;
}

std::optional<std::vector<Column>> columns_from_factories(const Json& list) {
  for (const Json& column : list) check_types(column);
  std::vector<Column> columns;
  for (const Json& json : list) {
    auto column = column_from_factory(as_in_specs(json));
    if (!column) return std::nullopt;
    columns.push_back(std::move(*column));
  }
  return columns;
}

Json json_of(const ParseSpec& spec) {
  Json json = Json::object();
  for (const auto& [key, dtype] : spec) {
    json[key] = {{"type", "VarLenFeature"}, {"dtype", to_string(dtype)}};
  }
  return json;
}

}  // namespace seqfeat::golden
