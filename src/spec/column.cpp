// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/column.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "seqfeat/error.hpp"
#include "spec/column_order.hpp"
#include "spec/json_text.hpp"
#include "spec/json_words.hpp"
#include "spec/utf8.hpp"

namespace seqfeat {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw InvalidArgument(what);
}

/// A name that tensors get: `what` says of what.
void check_name(const std::string& what, const std::string& key) {
  if (key.empty()) refuse(what + ": must not be empty, a column without a name names no tensor");
  const std::size_t good = utf8_prefix(key);
  if (good != key.size()) {
    refuse(what + ": must be UTF-8, got a malformed sequence at byte " + std::to_string(good) +
           " of " + std::to_string(key.size()));
  }
}

void check_initializer(const TruncatedNormal& initializer, const std::string& of) {
  if (!std::isfinite(initializer.mean)) {
    refuse("initializer.mean: must be finite, got " + json_number(initializer.mean) + of);
  }
  const double stddev = initializer.stddev.value_or(1.0);
  if (!std::isfinite(stddev) || !(stddev > 0)) {
    refuse("initializer.stddev: must be finite and > 0, got " + json_number(stddev) + of);
  }
}

}  // namespace

CategoricalColumn::CategoricalColumn(std::string key, DType dtype, const IdSource& source,
                                     SourceContent content)
    : key_(std::move(key)), dtype_(dtype), source_(source) {
  static const auto kNothing = std::make_shared<const SourceContent>();
  content_ =
      content == *kNothing ? kNothing : std::make_shared<const SourceContent>(std::move(content));
  check_name("key", key_);
  if (dtype > DType::uint64) {
    const bool named = dtype <= DType::float64;
    refuse("dtype: must be string or an integer type, got " +
           (named ? std::string(to_string(dtype))
                  : "the number " + std::to_string(static_cast<int>(dtype))) +
           " for key '" + key_ + "'");
  }
}

CategoricalColumn sequence_weighted_categorical_column(CategoricalColumn categorical,
                                                       std::string weight_feature_key,
                                                       DType dtype) {
  check_name("weight_feature_key", weight_feature_key);
  const std::string of = " for key '" + categorical.key() + "'";
  if (weight_feature_key == categorical.key()) {
    refuse("weight_feature_key: got the key itself" + of + ", expected a float feature beside it");
  }
  if (categorical.source().kind == IdKind::crossed) {
    refuse("categorical_column: '" + categorical.name() +
           "' is a cross, whose values stand in no feature beside which weights could; weigh a "
           "column of one feature");
  }
  if (categorical.weighted()) {
    refuse("categorical_column: '" + categorical.name() + "' is weighted already, by feature '" +
           categorical.weight_key() + "'; give it one feature of weights");
  }
  if (dtype != DType::float32) {
    refuse("dtype: must be float32, got " + std::string(to_string(dtype)) + of);
  }
  categorical.weight_key_ = std::move(weight_feature_key);
  return categorical;
}

EmbeddingColumn embedding_column(CategoricalColumn categorical, std::int64_t dimension,
                                 EmbeddingOptions options) {
  const std::string of = " for key '" + categorical.key() + "'";
  if (dimension < 1 || dimension > std::numeric_limits<std::int32_t>::max()) {
    refuse("dimension: must be 1 ... 2147483647, got " + std::to_string(dimension) + of);
  }
  if (options.combiner > Combiner::sqrtn) {
    refuse("combiner: must be mean, sum or sqrtn, got the number " +
           std::to_string(static_cast<int>(options.combiner)) + of);
  }
  // Rows are clipped in float32, where more than its largest number would be infinity.
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (options.max_norm && !(*options.max_norm >= 0 && *options.max_norm <= kLargest)) {
    refuse("max_norm: must be 0 ... " + json_number(kLargest) + " (float32's largest), got " +
           json_number(*options.max_norm) + of + "; leave it out for no limit");
  }
  check_initializer(options.initializer, of);
  return {std::move(categorical), dimension, options};
}

EmbeddingColumn shared_embedding_column(CategoricalColumn categorical, std::int64_t dimension,
                                        std::string table, EmbeddingOptions options) {
  check_name("table", table);
  EmbeddingColumn column = embedding_column(std::move(categorical), dimension, options);
  column.shared_ = std::move(table);
  return column;
}

std::vector<Column> shared_embeddings(const std::vector<CategoricalColumn>& columns,
                                      std::int64_t dimension, EmbeddingOptions options,
                                      const std::optional<std::string>& table) {
  if (columns.empty()) refuse("columns: got none, expected at least one to have a table");
  std::vector<std::string> names;
  for (const CategoricalColumn& column : columns) names.push_back(column.name());
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string& name : names) joined += name + '_';
  const std::string called = table.value_or(joined + "shared_embedding");
  std::vector<Column> shared;
  for (const CategoricalColumn& column : columns) {
    shared.emplace_back(shared_embedding_column(column, dimension, called, options));
  }
  check_tables_agree(shared);
  return shared;
}

NumericColumn sequence_numeric_column(std::string key, std::vector<std::int64_t> shape,
                                      double default_value, DType dtype) {
  check_name("key", key);
  const std::string of = " for key '" + key + "'";
  if (shape.empty()) refuse("shape: got no sizes, expected at least one" + of);
  std::int64_t width = 1;
  for (const std::int64_t size : shape) {
    if (size < 1) refuse("shape: sizes must be >= 1, got " + std::to_string(size) + of);
    if (__builtin_mul_overflow(width, size, &width) ||
        width > std::numeric_limits<std::int32_t>::max()) {
      refuse("shape: the product of its sizes must be at most 2147483647" + of);
    }
  }
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (!(std::abs(default_value) <= kLargest)) {
    refuse("default_value: must be a number that float32 holds, got " + json_number(default_value) +
           of);
  }
  if (dtype != DType::float32) {
    refuse("dtype: must be float32, got " + std::string(to_string(dtype)) + of);
  }
  return {std::move(key), std::move(shape), width, default_value};
}

IndicatorColumn indicator_column(CategoricalColumn categorical) {
  if (categorical.weighted()) {
    refuse("indicator_column: got the weighted column '" + categorical.name() +
           "', expected one without weights, for it counts ids; embed it with the combiner sum");
  }
  return IndicatorColumn(std::move(categorical));
}

std::string name_of(const Column& column) {
  return std::visit([](const auto& c) { return std::string(c.name()); }, column);
}

const CategoricalColumn* find_categorical(const Column& column) noexcept {
  if (const auto* embedding = std::get_if<EmbeddingColumn>(&column)) {
    return &embedding->categorical();
  }
  if (const auto* indicator = std::get_if<IndicatorColumn>(&column)) {
    return &indicator->categorical();
  }
  return std::get_if<CategoricalColumn>(&column);
}

const CategoricalColumn& categorical_of(const Column& column) {
  const CategoricalColumn* categorical = find_categorical(column);
  if (categorical == nullptr) refuse("column '" + name_of(column) + "' is numeric: it has no ids");
  return *categorical;
}

const std::string& key_of(const Column& column) noexcept {
  const CategoricalColumn* categorical = find_categorical(column);
  return categorical != nullptr ? categorical->key() : std::get_if<NumericColumn>(&column)->key();
}

std::vector<FeatureKey> features_of(const Column& column) {
  const CategoricalColumn* categorical = find_categorical(column);
  if (categorical == nullptr) return {{key_of(column), DType::float32}};
  if (categorical->source().kind == IdKind::crossed) return categorical->content().crossed;
  return {{categorical->key(), categorical->dtype()}};
}

std::int64_t width_of(const Column& column) noexcept {
  if (const auto* embedding = std::get_if<EmbeddingColumn>(&column)) return embedding->dimension();
  if (const auto* indicator = std::get_if<IndicatorColumn>(&column)) {
    return indicator->categorical().rows();
  }
  if (const auto* numeric = std::get_if<NumericColumn>(&column)) return numeric->width();
  return 0;
}

ParseSpec make_parse_example_spec(std::span<const Column> columns) {
  ParseSpec spec;
  const auto read = [&spec](const std::string& key, DType dtype) {
    const auto [found, is_new] = spec.try_emplace(key, dtype);
    if (is_new || found->second == dtype) return;
    refuse("key '" + key + "': one feature has one dtype, got " +
           std::string(to_string(found->second)) + " and " + std::string(to_string(dtype)) +
           "; give both columns the same");
  };
  for (const Column& column : columns) {
    for (const auto& [key, dtype] : features_of(column)) read(key, dtype);
    const CategoricalColumn* categorical = find_categorical(column);
    if (categorical != nullptr && categorical->weighted()) {
      read(categorical->weight_key(), DType::float32);
    }
  }
  return spec;
}

ParseSpec make_parse_example_spec(std::initializer_list<Column> columns) {
  return make_parse_example_spec(std::span<const Column>(columns.begin(), columns.size()));
}

std::string_view to_string(Combiner combiner) noexcept {
  return word_of(combiner, kCombinerWords);
}

}  // namespace seqfeat
