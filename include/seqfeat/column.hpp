// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "seqfeat/dtype.hpp"
#include "seqfeat/id_source.hpp"

// Columns: immutable values, checked when they are made, with TensorFlow's names and conditions.

namespace seqfeat {

/// How the rows of one step's values become one vector.
enum class Combiner : std::uint8_t { mean, sum, sqrtn };

/// Where a table's first values come from: a normal distribution cut off at two stddevs.
struct TruncatedNormal {
  double mean = 0.0;
  std::optional<double> stddev = std::nullopt;  ///< Nothing means 1 / sqrt(dimension).
  std::uint64_t seed = 0;

  friend bool operator==(const TruncatedNormal&, const TruncatedNormal&) = default;
};

/// A sequence of tokens that become ids: where the ids come from is its source.
class CategoricalColumn {
 public:
  /// A column of any source; a factory for each type of column checks what its source is made of.
  ///
  /// Throws   InvalidArgument if `key` is empty or not UTF-8, or `dtype` is no type.
  CategoricalColumn(std::string key, DType dtype, const IdSource& source);

  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] DType dtype() const noexcept { return dtype_; }
  [[nodiscard]] const IdSource& source() const noexcept { return source_; }

  /// The rows of an embedding's table, or the width of an indicator: hash_bucket_size, num_buckets.
  [[nodiscard]] std::int64_t rows() const noexcept { return source_.rows; }

  /// The key.
  [[nodiscard]] const std::string& name() const noexcept { return key_; }

  friend bool operator==(const CategoricalColumn&, const CategoricalColumn&) = default;

 private:
  std::string key_;
  DType dtype_;
  IdSource source_;
};

/// Tokens of the feature `key` are hashed to buckets: TensorFlow's column of that name.
///
/// Throws   InvalidArgument if `key` is empty or not UTF-8, or `hash_bucket_size` is not > 1
///          (TensorFlow's documentation asks for that, its code takes 1).
[[nodiscard]] CategoricalColumn sequence_categorical_column_with_hash_bucket(
    std::string key, std::int64_t hash_bucket_size, DType dtype = DType::string);

/// The integers of the feature `key` are ids themselves: TensorFlow's column of that name. A value
/// outside [0, num_buckets) becomes `default_value`. Without one a negative value has no row, and
/// one past the end is a DataError for an embedding and counts nothing in an indicator.
///
/// Throws   InvalidArgument if `key` is empty or not UTF-8, `num_buckets` < 1, `default_value` is
///          outside [0, num_buckets), or `dtype` is no integer type.
[[nodiscard]] CategoricalColumn sequence_categorical_column_with_identity(
    std::string key, std::int64_t num_buckets,
    std::optional<std::int64_t> default_value = std::nullopt, DType dtype = DType::int64);

/// What `embedding_column` takes beyond its two arguments; TensorFlow's defaults.
struct EmbeddingOptions {
  Combiner combiner = Combiner::mean;
  std::optional<double> max_norm = std::nullopt;  ///< Scales longer rows down to it; >= 0.
  TruncatedNormal initializer = {};
  bool trainable = true;

  friend bool operator==(const EmbeddingOptions&, const EmbeddingOptions&) = default;
};

/// Ids become rows of a table `[rows, dimension]`, combined per step.
class EmbeddingColumn {
 public:
  [[nodiscard]] const CategoricalColumn& categorical() const noexcept { return categorical_; }
  [[nodiscard]] std::int64_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] const EmbeddingOptions& options() const noexcept { return options_; }

  /// The name of a table that other columns may share; nothing where the column has its own.
  [[nodiscard]] const std::optional<std::string>& shared_table() const noexcept { return shared_; }

  /// The key with `_embedding` behind it, or `_shared_embedding` where the table is a shared one.
  [[nodiscard]] std::string name() const {
    return categorical_.name() + (shared_ ? "_shared_embedding" : "_embedding");
  }

  /// The name of the table: of a shared one what its columns call it, else the full name.
  [[nodiscard]] std::string table() const { return shared_ ? *shared_ : name(); }

  friend bool operator==(const EmbeddingColumn&, const EmbeddingColumn&) = default;

 private:
  friend EmbeddingColumn embedding_column(CategoricalColumn, std::int64_t, EmbeddingOptions);
  friend EmbeddingColumn shared_embedding_column(CategoricalColumn, std::int64_t, std::string,
                                                 EmbeddingOptions);
  EmbeddingColumn(CategoricalColumn categorical, std::int64_t dimension, EmbeddingOptions options)
      : categorical_(std::move(categorical)), dimension_(dimension), options_(options) {}

  CategoricalColumn categorical_;
  std::int64_t dimension_;
  EmbeddingOptions options_;
  std::optional<std::string> shared_;
};

/// Makes an embedding of `categorical` with vectors of `dimension` floats.
///
/// Throws   InvalidArgument if `dimension` is outside 1 … 2^31 - 1, `max_norm` outside 0 … the
///          largest float32, the initializer's mean is not finite or its stddev not finite and > 0.
[[nodiscard]] EmbeddingColumn embedding_column(CategoricalColumn categorical,
                                               std::int64_t dimension,
                                               EmbeddingOptions options = {});

/// Ids become counts: cell v of a step says how many of its values have the id v.
class IndicatorColumn {
 public:
  [[nodiscard]] const CategoricalColumn& categorical() const noexcept { return categorical_; }

  /// The key with `_indicator` behind it.
  [[nodiscard]] std::string name() const { return categorical_.name() + "_indicator"; }

  friend bool operator==(const IndicatorColumn&, const IndicatorColumn&) = default;

 private:
  friend IndicatorColumn indicator_column(CategoricalColumn);
  explicit IndicatorColumn(CategoricalColumn categorical) : categorical_(std::move(categorical)) {}

  CategoricalColumn categorical_;
};

/// Makes an indicator of `categorical`.
[[nodiscard]] IndicatorColumn indicator_column(CategoricalColumn categorical);

/// Numbers of a feature as they are: TensorFlow's numeric column of a sequence. It has no ids.
class NumericColumn {
 public:
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] const std::vector<std::int64_t>& shape() const noexcept { return shape_; }
  [[nodiscard]] double default_value() const noexcept { return default_value_; }

  /// Numbers of a step: the product of the shape.
  [[nodiscard]] std::int64_t width() const noexcept { return width_; }

  /// The key.
  [[nodiscard]] const std::string& name() const noexcept { return key_; }

  friend bool operator==(const NumericColumn&, const NumericColumn&) = default;

 private:
  friend NumericColumn sequence_numeric_column(std::string, std::vector<std::int64_t>, double,
                                               DType);
  NumericColumn(std::string key, std::vector<std::int64_t> shape, std::int64_t width,
                double default_value)
      : key_(std::move(key)),
        shape_(std::move(shape)),
        width_(width),
        default_value_(default_value) {}

  std::string key_;
  std::vector<std::int64_t> shape_;
  std::int64_t width_;
  double default_value_;
};

/// Numbers of the feature `key` stand in the output as they are, as many in a step as the product
/// of `shape` says, beside the slices of other columns: TensorFlow's column of that name. Of a flat
/// row, whose steps have one number each, as many make a step, and the last one is completed with
/// `default_value`, which holes and padding hold too. A step that is given as one has at most so
/// many, and is completed likewise.
///
/// Throws   InvalidArgument if `key` is empty or not UTF-8, `shape` is empty, has a size < 1 or a
///          product above 2^31 - 1, `default_value` is no float32, or `dtype` is not float32.
[[nodiscard]] NumericColumn sequence_numeric_column(std::string key,
                                                    std::vector<std::int64_t> shape = {1},
                                                    double default_value = 0.0,
                                                    DType dtype = DType::float32);

/// Any column. A bare categorical column gives ids only.
using Column = std::variant<CategoricalColumn, EmbeddingColumn, IndicatorColumn, NumericColumn>;

/// Makes an embedding whose table is called `table`. All columns of a layer that name one table
/// have it in common, with one gradient; they agree on rows, dimension, dtype, initializer,
/// max_norm and trainable, which the layer checks.
///
/// Throws   InvalidArgument as `embedding_column`, or if `table` is empty or not UTF-8.
[[nodiscard]] EmbeddingColumn shared_embedding_column(CategoricalColumn categorical,
                                                      std::int64_t dimension, std::string table,
                                                      EmbeddingOptions options = {});

/// TensorFlow's `shared_embeddings`: an embedding of each of `columns`, in their order, over one
/// table. Without a name for it, it is called after the names of all columns, in order, such as
/// `a_b_shared_embedding`.
///
/// Throws   InvalidArgument as `shared_embedding_column`, if there are no columns, or naming two
///          that do not agree on rows or dtype.
[[nodiscard]] std::vector<Column> shared_embeddings(
    const std::vector<CategoricalColumn>& columns, std::int64_t dimension,
    EmbeddingOptions options = {}, const std::optional<std::string>& table = std::nullopt);

/// The column's full name: `tokens`, `tokens_embedding`, `tokens_shared_embedding`,
/// `tokens_indicator`.
[[nodiscard]] std::string name_of(const Column& column);

/// The categorical column inside, or the column itself; null for a numeric column.
[[nodiscard]] const CategoricalColumn* find_categorical(const Column& column) noexcept;

/// The same for columns that have ids. Throws InvalidArgument for a numeric column.
[[nodiscard]] const CategoricalColumn& categorical_of(const Column& column);

/// The feature that the column reads.
[[nodiscard]] const std::string& key_of(const Column& column) noexcept;

/// Floats per step in the layer's output: dimension, rows, the product of a shape, or 0
/// for a bare column.
[[nodiscard]] std::int64_t width_of(const Column& column) noexcept;

/// What to parse: the type of the values of each key. All features have variable length.
using ParseSpec = std::map<std::string, DType>;

/// The features that `columns` read.
///
/// Throws   InvalidArgument naming the key if two columns want one key with two types.
[[nodiscard]] ParseSpec make_parse_example_spec(std::span<const Column> columns);
[[nodiscard]] ParseSpec make_parse_example_spec(std::initializer_list<Column> columns);

/// "mean", "sum", "sqrtn".
[[nodiscard]] std::string_view to_string(Combiner combiner) noexcept;

}  // namespace seqfeat
