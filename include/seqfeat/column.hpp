// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "seqfeat/dtype.hpp"
#include "seqfeat/id_source.hpp"
#include "seqfeat/keyed_hash.hpp"

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

/// A feature that a column reads: its key, and the type of its tokens.
struct FeatureKey {
  // NOLINTBEGIN(google-explicit-constructor): a name alone says it of strings
  FeatureKey(const char* name) : key(name) {}
  FeatureKey(std::string name, DType type = DType::string) : key(std::move(name)), dtype(type) {}
  // NOLINTEND(google-explicit-constructor)

  std::string key;
  DType dtype = DType::string;

  friend bool operator==(const FeatureKey&, const FeatureKey&) = default;
};

/// What a source is made of that is no plain data. A layer brings it to its backend.
struct SourceContent {
  std::string mask_value = {};              ///< Of a hash that masks a string.
  std::vector<std::string> words = {};      ///< Of a vocabulary list of strings,
  std::vector<std::int64_t> integers = {};  ///< or of integers.
  std::string vocabulary_file = {};         ///< Of a vocabulary file: its path,
  bool vocabulary_size_given = false;       ///< and whether its size was said or counted.
  /// Of a vocabulary, as it was given.
  std::optional<std::int64_t> default_value = std::nullopt;
  std::vector<FeatureKey> crossed = {};  ///< Of a cross: what it crosses, in order,
  std::uint64_t hash_key = 0;            ///< and what its hash begins with.

  friend bool operator==(const SourceContent&, const SourceContent&) = default;
};

/// A sequence of tokens that become ids: where the ids come from is its source.
class CategoricalColumn {
 public:
  /// A column of any source; a factory for each type of column checks what its source is made of.
  ///
  /// Throws   InvalidArgument if `key` is empty or not UTF-8, or `dtype` is no type.
  CategoricalColumn(std::string key, DType dtype, const IdSource& source,
                    SourceContent content = {});

  /// The feature that it reads; of a cross, which reads several, their names (see `features_of`).
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] DType dtype() const noexcept { return dtype_; }
  /// The source without its data, which `content` has.
  [[nodiscard]] const IdSource& source() const noexcept { return source_; }
  [[nodiscard]] const SourceContent& content() const noexcept { return *content_; }

  /// The rows of an embedding's table, or the width of an indicator: hash_bucket_size, num_buckets.
  [[nodiscard]] std::int64_t rows() const noexcept { return source_.rows; }

  /// The float feature whose values weigh the ids; empty where nothing does.
  [[nodiscard]] const std::string& weight_key() const noexcept { return weight_key_; }
  [[nodiscard]] bool weighted() const noexcept { return !weight_key_.empty(); }

  /// The key, with `_weighted_by_<weight key>` behind it where a feature weighs the ids.
  [[nodiscard]] std::string name() const {
    return weighted() ? key_ + "_weighted_by_" + weight_key_ : key_;
  }

  friend bool operator==(const CategoricalColumn& a, const CategoricalColumn& b) {
    return a.key_ == b.key_ && a.weight_key_ == b.weight_key_ && a.dtype_ == b.dtype_ &&
           a.source_ == b.source_ && (a.content_ == b.content_ || *a.content_ == *b.content_);
  }

 private:
  friend CategoricalColumn sequence_weighted_categorical_column(CategoricalColumn, std::string,
                                                                DType);

  std::string key_;
  std::string weight_key_;
  DType dtype_;
  IdSource source_;
  std::shared_ptr<const SourceContent> content_;  // copies of a column share it
};

/// Tokens of the feature `key` are hashed to buckets: TensorFlow's column of that name, and with
/// options the ids of Keras' `Hashing`.
///
/// Throws   InvalidArgument if `key` is empty or not UTF-8, `hash_bucket_size` is not > 1
///          (TensorFlow's documentation asks for that, its code takes 1), or `mask_value` is no
///          value of `dtype` or not UTF-8.
[[nodiscard]] CategoricalColumn sequence_categorical_column_with_hash_bucket(
    std::string key, std::int64_t hash_bucket_size, DType dtype = DType::string,
    const HashBucketOptions& options = {});

/// The integers of the feature `key` are ids themselves: TensorFlow's column of that name. A value
/// outside [0, num_buckets) becomes `default_value`. Without one a negative value has no row, and
/// one past the end is a DataError for an embedding and counts nothing in an indicator.
///
/// Throws   InvalidArgument if `key` is empty or not UTF-8, `num_buckets` < 1, `default_value` is
///          outside [0, num_buckets), or `dtype` is no integer type.
[[nodiscard]] CategoricalColumn sequence_categorical_column_with_identity(
    std::string key, std::int64_t num_buckets,
    std::optional<std::int64_t> default_value = std::nullopt, DType dtype = DType::int64);

/// What a vocabulary column takes beyond its words; TensorFlow's defaults.
struct VocabularyOptions {
  /// Of tokens. Nothing means that of a list's words, and of a file's lines `string`.
  std::optional<DType> dtype = std::nullopt;
  /// The id of tokens that are not in the vocabulary; nothing means -1, which has no row.
  std::optional<std::int64_t> default_value = std::nullopt;
  /// Or so many buckets behind the vocabulary, into which they are hashed.
  std::int64_t num_oov_buckets = 0;
};

/// A token of the feature `key` is its place in the list: TensorFlow's column of that name. One
/// that is not there becomes `default_value`, or with buckets `size + Fingerprint64 mod
/// num_oov_buckets`. A negative id has no row; one past the end of a table is a DataError for an
/// embedding and counts nothing in an indicator.
///
/// Memory   Copies of the column share the list. A layer makes a table of it: see vocabulary.hpp.
/// Throws   InvalidArgument if `key` is empty or not UTF-8, the list is empty, has a word twice,
/// one
///          that is not UTF-8, or 2^32 - 1 words and more; if `dtype` is of another kind than the
///          words, `num_oov_buckets` is negative or comes with a `default_value` other than -1.
[[nodiscard]] CategoricalColumn sequence_categorical_column_with_vocabulary_list(
    std::string key, std::vector<std::string> vocabulary_list,
    const VocabularyOptions& options = {});
[[nodiscard]] CategoricalColumn sequence_categorical_column_with_vocabulary_list(
    std::string key, std::vector<std::int64_t> vocabulary_list,
    const VocabularyOptions& options = {});

/// The same of a file's lines: TensorFlow's column of that name. A line ends with a newline, before
/// which one carriage return is left out; the last one may end without. Of a file with more lines
/// than `vocabulary_size` the first count; without a size the lines are counted here. The words are
/// read when a layer is made, which refuses a file that has fewer lines, an empty one, one twice
/// or, of an integer type, one that is no int64.
///
/// Memory   A layer: the file's bytes and 24 bytes a word (48 up to 8,192 words, 96 up to 2,048),
///          also while it reads.
/// Throws   InvalidArgument as above; if the path is empty, not UTF-8, or no regular file that can
///          be read, where lines have to be counted; if `vocabulary_size` is less than 1 or there
///          is no line; for `default_value` beside buckets; for TFRecords (`….tfrecord.gz`).
[[nodiscard]] CategoricalColumn sequence_categorical_column_with_vocabulary_file(
    std::string key, std::string vocabulary_file,
    std::optional<std::int64_t> vocabulary_size = std::nullopt,
    const VocabularyOptions& options = {});

/// The ids of `categorical`, each with a weight: the values of the float feature
/// `weight_feature_key`, which has as many in every step. TensorFlow's
/// `weighted_categorical_column`, for sequences. Only an embedding takes it: each row is multiplied
/// by its weight, and the combiner `mean` divides by the sum of a step's weights, `sqrtn` by the
/// root of the sum of their squares (see combine.hpp). For these two a value whose weight is not
/// above 0 is left out, as one without a row is; for `sum` every weight counts.
///
/// Throws   InvalidArgument if `weight_feature_key` is empty, not UTF-8 or the key itself,
///          `categorical` is weighted already or a cross, or `dtype` is not float32.
[[nodiscard]] CategoricalColumn sequence_weighted_categorical_column(CategoricalColumn categorical,
                                                                     std::string weight_feature_key,
                                                                     DType dtype = DType::float32);

/// The values of several features that stand in the same step, crossed: every combination of one
/// of each, the last key's values being the fastest, is hashed to a bucket, as by TensorFlow's
/// `crossed_column` of features that are sparse. A step in which a feature has no values has none.
/// All features have the same steps, as the columns of a layer do: if not, that is a DataError.
///
/// The key is the features' names in order of the alphabet, `_X_` between them. `dtype` is int64.
/// `hash_key` is what hashing begins with; nothing, or 0, means TensorFlow's own.
///
/// Memory   A step has as many ids as the product of its features' values. One that no int64 holds
///          is a DataError. These values count as tokens in BatchSizes. Of features on a device
///          the host knows that product only where they come without step_offsets, in steps of
///          values_per_step; others are an InvalidArgument.
/// Throws   InvalidArgument if there are fewer than two keys, one is empty or not UTF-8, a dtype is
///          no type of tokens or one key has two, or `hash_bucket_size` is not > 1.
[[nodiscard]] CategoricalColumn sequence_crossed_column(
    std::vector<FeatureKey> keys, std::int64_t hash_bucket_size,
    std::optional<std::uint64_t> hash_key = std::nullopt);

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
///
/// Throws   InvalidArgument if `categorical` is weighted: an indicator counts ids.
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
/// `tokens_indicator`, `tokens_weighted_by_weights_embedding`.
[[nodiscard]] std::string name_of(const Column& column);

/// The categorical column inside, or the column itself; null for a numeric column.
[[nodiscard]] const CategoricalColumn* find_categorical(const Column& column) noexcept;

/// The same for columns that have ids. Throws InvalidArgument for a numeric column.
[[nodiscard]] const CategoricalColumn& categorical_of(const Column& column);

/// The features whose values make the column's ids or numbers, in its order; a cross may read one
/// twice. A weighted column's weights stand in another (see `CategoricalColumn::weight_key`).
[[nodiscard]] std::vector<FeatureKey> features_of(const Column& column);

/// The feature whose values the column reads; of a cross its name.
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
