// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <variant>
#include <vector>

#include "seqfeat/spec_json.hpp"
#include "spec/column_order.hpp"
#include "spec/json_text.hpp"
#include "spec/json_words.hpp"
#include "spec/sources.hpp"

// Writes the canonical text: a column a line, every key, in the order of docs/formats.md.

namespace seqfeat {
namespace {

std::string quoted(std::string_view word) {
  return '"' + std::string(word) + '"';
}

std::string boolean(bool value) {
  return value ? "true" : "false";
}

template <class T, class Write>
std::string or_null(const std::optional<T>& value, Write write) {
  return value ? write(*value) : std::string("null");
}

std::string write(const CategoricalColumn& column) {
  const SourceType& row = source_type_of(column);
  const std::string type = R"({"type": )" + quoted(row.type) + ", ";
  if (!row.reads_one) return type + row.write(column) + "}";
  std::string out = type + R"("key": )" + json_string(column.key()) + ", " + row.write(column) +
                    R"("dtype": )" + quoted(to_string(column.dtype())) + "}";
  if (!column.weighted()) return out;
  return R"({"type": )" + quoted(kWeightedType) + R"(, "categorical_column": )" + out +
         R"(, "weight_feature_key": )" + json_string(column.weight_key()) + R"(, "dtype": )" +
         quoted(to_string(DType::float32)) + "}";
}

std::string write(const TruncatedNormal& initializer) {
  return R"({"type": )" + quoted(kTruncatedNormalType) + R"(, "mean": )" +
         json_number(initializer.mean) + R"(, "stddev": )" +
         or_null(initializer.stddev, json_number) + R"(, "seed": )" +
         std::to_string(initializer.seed) + "}";
}

std::string write(const EmbeddingColumn& column) {
  const EmbeddingOptions& options = column.options();
  const auto& table = column.shared_table();
  return R"({"type": )" + quoted(table ? kSharedEmbeddingType : kEmbeddingType) +
         R"(, "dimension": )" + std::to_string(column.dimension()) + R"(, "combiner": )" +
         quoted(to_string(options.combiner)) + R"(, "max_norm": )" +
         or_null(options.max_norm, json_number) + R"(, "trainable": )" +
         boolean(options.trainable) + R"(, "initializer": )" + write(options.initializer) +
         (table ? R"(, "table": )" + json_string(*table) : "") + R"(, "categorical_column": )" +
         write(column.categorical()) + "}";
}

std::string write(const IndicatorColumn& column) {
  return R"({"type": )" + quoted(kIndicatorType) + R"(, "categorical_column": )" +
         write(column.categorical()) + "}";
}

std::string write(const NumericColumn& column) {
  std::string shape;
  for (const std::int64_t size : column.shape()) {
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  }
  return R"({"type": )" + quoted(kNumericType) + R"(, "key": )" + json_string(column.key()) +
         R"(, "shape": [)" + shape + R"(], "default_value": )" +
         json_number(column.default_value()) + R"(, "dtype": )" +
         quoted(to_string(DType::float32)) + "}";
}

}  // namespace

std::string to_json(const Spec& spec) {
  std::vector<Column> columns = spec.columns;
  sort_by_name(columns);
  std::string out = "{\n  \"version\": 1,\n  \"columns\": [";
  const char* separator = "\n    ";
  for (const Column& column : columns) {
    out += separator;
    out += std::visit([](const auto& c) { return write(c); }, column);
    separator = ",\n    ";
  }
  out += columns.empty() ? "],\n" : "\n  ],\n";
  const LayerOptions& options = spec.options;
  out += R"(  "max_length": )" +
         or_null(options.max_length, [](std::int64_t v) { return std::to_string(v); }) + ",\n";
  out += R"(  "truncation": )" + quoted(word_of(options.truncation, kTruncationWords)) + ",\n";
  out += R"(  "padding": )" + quoted(word_of(options.padding, kPaddingWords)) + ",\n";
  out += R"(  "padding_side": )" + quoted(word_of(options.padding_side, kPaddingSideWords)) + ",\n";
  out += R"(  "pad_to_multiple_of": )" + std::to_string(options.pad_to_multiple_of) + "\n}\n";
  return out;
}

}  // namespace seqfeat
