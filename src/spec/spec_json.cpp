// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/spec_json.hpp"

#include <array>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "spec/column_order.hpp"
#include "spec/foreign_words.hpp"
#include "spec/json_object.hpp"
#include "spec/json_words.hpp"
#include "spec/near_names.hpp"
#include "spec/sources.hpp"

// Reads specs. The factories of columns check the values; this file checks only what JSON adds.

namespace seqfeat {
namespace {

/// Refuses a type: as not supported if `foreign` (TensorFlow has it), otherwise as `otherwise`.
[[noreturn]] void refuse_type(const std::string& type, const std::string& place, bool foreign,
                              const std::string& otherwise) {
  throw InvalidArgument(json_complaint(json_pointer(place, "type"),
                                       foreign ? "type: " + not_supported(type) : otherwise));
}

CategoricalColumn read_categorical(const SourceType& type, const JsonValue& value,
                                   const std::string& place) {
  std::vector<std::string_view> members = {"type"};
  if (type.reads_one) members.push_back("key");
  members.insert(members.end(), type.members.begin(), type.members.end());
  if (type.reads_one) members.push_back("dtype");
  JsonObject object(value, place, members);
  if (!type.reads_one) return type.read(object, {}, type.dtype);
  const std::string& key = object.string("key", object.require("key"));
  object.describe(" for key '" + key + "'");
  DType dtype = type.dtype;
  object.read("dtype", dtype, kDTypeWords);
  return type.read(object, key, dtype);
}

/// The type of floats, of which there is one.
DType read_float_dtype(const JsonObject& object) {
  DType dtype = DType::float32;
  if (const JsonValue* found = object.find("dtype")) {
    dtype = static_cast<DType>(static_cast<std::size_t>(DType::float32) +
                               object.choice("dtype", *found, std::array{kNumberDTypeWords[0]}));
  }
  return dtype;
}

CategoricalColumn read_weighted(const JsonValue& value, const std::string& place);

/// With `weights` it may be weighted.
CategoricalColumn read_inner_categorical(const JsonObject& object, bool weights = true) {
  const JsonValue& value = object.require("categorical_column");
  const std::string place = object.place("categorical_column");
  const std::string& type = json_type_of(value, place);
  if (const SourceType* row = source_type_of(type)) return read_categorical(*row, value, place);
  if (weights && type == kWeightedType) return read_weighted(value, place);
  std::vector<std::string_view> known = categorical_types();
  if (weights) known.push_back(kWeightedType);
  refuse_type(
      type, place, is_foreign_column(type),
      "categorical_column: must be a " + alternatives(known) + ", got '" + shortened(type) + "'");
}

CategoricalColumn read_weighted(const JsonValue& value, const std::string& place) {
  JsonObject object(value, place, {"type", "categorical_column", "weight_feature_key", "dtype"});
  CategoricalColumn categorical = read_inner_categorical(object, false);
  const std::string& key =
      object.string("weight_feature_key", object.require("weight_feature_key"));
  object.describe(" for key '" + categorical.key() + "'");
  const DType dtype = read_float_dtype(object);
  return made_at(place, [&] {
    return sequence_weighted_categorical_column(std::move(categorical), key, dtype);
  });
}

TruncatedNormal read_initializer(const JsonValue& value, const std::string& place) {
  if (const std::string& type = json_type_of(value, place); type != kTruncatedNormalType) {
    refuse_type(
        type, place, is_foreign_initializer(type),
        "type: must be '" + std::string(kTruncatedNormalType) + "', got '" + shortened(type) + "'");
  }
  const JsonObject object(value, place, {"type", "mean", "stddev", "seed"});
  TruncatedNormal out;
  object.read("mean", out.mean);
  object.read("stddev", out.stddev);
  object.read("seed", out.seed);
  return out;
}

EmbeddingColumn read_embedding(const JsonValue& value, const std::string& place, bool shared) {
  std::vector<std::string_view> members = {
      "type",      "dimension",   "combiner",          "max_norm",
      "trainable", "initializer", "categorical_column"};
  if (shared) members.push_back("table");
  const JsonObject object(value, place, members);
  CategoricalColumn categorical = read_inner_categorical(object);
  const std::int64_t dimension =
      object.integer("dimension", object.require("dimension"), "an integer 1 ... 2147483647");
  EmbeddingOptions options;
  object.read("combiner", options.combiner, kCombinerWords);
  object.read("max_norm", options.max_norm);
  object.read("trainable", options.trainable);
  if (const JsonValue* found = object.find("initializer")) {
    options.initializer = read_initializer(*found, object.place("initializer"));
  }
  if (!shared) {
    return made_at(place,
                   [&] { return embedding_column(std::move(categorical), dimension, options); });
  }
  const std::string& table = object.string("table", object.require("table"));
  return made_at(place, [&] {
    return shared_embedding_column(std::move(categorical), dimension, table, options);
  });
}

NumericColumn read_numeric(const JsonValue& value, const std::string& place) {
  JsonObject object(value, place, {"type", "key", "shape", "default_value", "dtype"});
  const std::string& key = object.string("key", object.require("key"));
  object.describe(" for key '" + key + "'");
  std::vector<std::int64_t> shape = {1};
  if (const JsonValue* found = object.find("shape")) {
    if (found->kind != JsonValue::Kind::array) object.refuse("shape", *found, "an array of sizes");
    shape.clear();
    for (const JsonValue& size : found->values) {
      shape.push_back(object.integer("shape", size, "an array of integers 1 ... 2147483647"));
    }
  }
  double default_value = 0.0;
  object.read("default_value", default_value);
  const DType dtype = read_float_dtype(object);
  return made_at(place, [&] { return sequence_numeric_column(key, shape, default_value, dtype); });
}

Column read_column(const JsonValue& value, const std::string& place) {
  const std::string& type = json_type_of(value, place);
  if (const SourceType* row = source_type_of(type)) return read_categorical(*row, value, place);
  if (type == kEmbeddingType) return read_embedding(value, place, false);
  if (type == kSharedEmbeddingType) return read_embedding(value, place, true);
  if (type == kNumericType) return read_numeric(value, place);
  if (type == kWeightedType) return read_weighted(value, place);
  if (type == kIndicatorType) {
    const JsonObject object(value, place, {"type", "categorical_column"});
    CategoricalColumn categorical = read_inner_categorical(object);
    return made_at(place, [&] { return indicator_column(std::move(categorical)); });
  }
  std::vector<std::string_view> known = categorical_types();
  known.insert(known.end(),
               {kEmbeddingType, kIndicatorType, kSharedEmbeddingType, kNumericType, kWeightedType});
  refuse_type(type, place, is_foreign_column(type),
              "type: unknown column type '" + shortened(type) + "'" + did_you_mean(type, known, 1));
}

LayerOptions read_options(const JsonObject& object) {
  LayerOptions out;
  if (const JsonValue* found = object.find_unless_null("max_length")) {
    out.max_length = object.integer("max_length", *found, "null or an integer >= 1");
  }
  object.read("truncation", out.truncation, kTruncationWords);
  object.read("padding", out.padding, kPaddingWords);
  object.read("padding_side", out.padding_side, kPaddingSideWords);
  if (const JsonValue* found = object.find("pad_to_multiple_of")) {
    out.pad_to_multiple_of = object.integer("pad_to_multiple_of", *found, "an integer >= 1");
  }
  made_at("", [&] { check(out); });
  return out;
}

}  // namespace

Spec parse_spec(std::string_view json) {
  const JsonValue value = parse_json(json);
  const JsonObject object(value, "",
                          {"version", "columns", "max_length", "truncation", "padding",
                           "padding_side", "pad_to_multiple_of"});
  if (const JsonValue* version = object.find("version")) {
    if (object.integer("version", *version, "1") != 1) object.refuse("version", *version, "1");
  }
  const JsonValue& columns = object.require("columns");
  if (columns.kind != JsonValue::Kind::array) object.refuse("columns", columns, "an array");
  Spec spec;
  for (std::size_t i = 0; i < columns.values.size(); ++i) {
    spec.columns.push_back(read_column(columns.values[i], json_pointer("/columns", i)));
  }
  made_at("/columns", [&] {
    check_names_differ(spec.columns);
    check_weights_are_read(spec.columns);
    check_tables_agree(spec.columns);
  });
  spec.options = read_options(object);
  return spec;
}

Column parse_column(std::string_view json) {
  return read_column(parse_json(json), "");
}

}  // namespace seqfeat
