// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/columns.hpp"

#include <array>
#include <limits>

#include "seqfeat/spec_json.hpp"

namespace seqfeat::golden {
namespace {

constexpr const char* kCategorical = "sequence_categorical_column_with_hash_bucket";

/// A type that nobody knows would pass for a refused column; so it is looked at first.
void check_types(const Json& column) {
  const Json& type = member(column, "type");
  if (type != kCategorical && type != "embedding_column" && type != "indicator_column") {
    throw BadCase("unknown column type " + type.dump());
  }
  if (type != kCategorical) check_types(member(column, "categorical_column"));
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
  if (member(json, "type") != kCategorical) return std::nullopt;
  const Json& key = member(json, "key");
  const auto size = int64_of(member(json, "hash_bucket_size"));
  const Json& type = member(json, "dtype");
  const auto dtype = type.is_string() ? dtype_from(type.get<std::string>()) : std::nullopt;
  if (!key.is_string() || !size || !dtype) return std::nullopt;
  return sequence_categorical_column_with_hash_bucket(key.get<std::string>(), *size, *dtype);
}

std::optional<Column> column_from_factory(const Json& json) {
  const Json& type = member(json, "type");
  if (type == kCategorical) return categorical_from_factory(json);
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
  return embedding_column(*categorical, *dimension, options);
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
