// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/columns.hpp"

#include <array>
#include <limits>

#include "seqfeat/spec_json.hpp"

namespace seqfeat::golden {
namespace {

constexpr const char* kHashBucket = "sequence_categorical_column_with_hash_bucket";
constexpr const char* kNumeric = "sequence_numeric_column";
constexpr const char* kIdentity = "sequence_categorical_column_with_identity";

bool is_categorical(const Json& type) {
  return type == kHashBucket || type == kIdentity;
}

/// A type that nobody knows would pass for a refused column; so it is looked at first.
void check_types(const Json& column) {
  const Json& type = member(column, "type");
  if (is_categorical(type) || type == kNumeric) return;
  if (type != "embedding_column" && type != "indicator_column" &&
      type != "shared_embedding_column") {
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

std::optional<CategoricalColumn> categorical_from_factory(const Json& json) {
  if (!is_categorical(member(json, "type"))) return std::nullopt;
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
  for (const Json& column : list) columns.push_back(parse_column(column.dump()));
  return columns;
}

std::optional<std::vector<Column>> columns_from_factories(const Json& list) {
  for (const Json& column : list) check_types(column);
  std::vector<Column> columns;
  for (const Json& json : list) {
    auto column = column_from_factory(json);
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
