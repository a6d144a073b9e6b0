// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backend/ops.hpp"
#include "layer/source_data.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/layer.hpp"

namespace seqfeat::detail {

/// One feature that the layer reads.
struct FeatureSource {
  std::string key;
  DType dtype;               ///< What the columns say; of integers, any width will do.
  std::string first_column;  ///< The first column that reads it, for messages.
  std::int64_t columns = 0;  ///< How many columns make ids of it alone.
  std::int64_t trained = 0;  ///< How many of them are trained.
  /// Of a numeric column: how many numbers a step has, at most. 0: a feature of tokens.
  std::int64_t numbers = 0;
};

/// Two features that a weighted column reads: as indices of `CompiledColumns::features`.
struct WeightedFeature {
  std::size_t values = 0;
  std::size_t weights = 0;
  std::size_t column = 0;  ///< The column, for messages.
};

/// A feature whose steps are made of those of others: a cross of them.
struct CrossedFeature {
  std::vector<std::size_t> operands;  ///< Places in CompiledColumns::features.
  std::string key;                    ///< See cross_key.
  std::string first_column;           ///< As in FeatureSource, and so on.
  std::int64_t columns = 0;
  std::int64_t trained = 0;
};

/// A table by its name, which several columns may share.
struct NamedTable {
  std::string name;
  std::vector<std::size_t> columns;  ///< The embeddings over it, in the layer's order.
};

/// What columns are compiled for: to make ids, or only to check rows (check_row), for which few
/// sources have to look into anything.
enum class CompiledFor : std::uint8_t { ids, checks };

/// Columns in the layer's order and what follows from them.
struct CompiledColumns {
  /// Throws InvalidArgument: no columns, two of one name, two dtypes for one key, two that do not
  /// agree on a table, a vocabulary that cannot be read.
  explicit CompiledColumns(std::vector<Column> columns, CompiledFor use = CompiledFor::ids);

  std::vector<Column> columns;
  std::vector<std::string> names;
  std::vector<Slice> slices;
  std::vector<FeatureSource> features;
  std::vector<CrossedFeature> crossed;  ///< Behind `features` in a batch.
  /// The features of a batch whose rows have one length: those of columns, and not those that are
  /// only crossed.
  std::vector<std::size_t> aligned;
  std::vector<ColumnData> data;           ///< Tables are filled in when they are made or bound.
  std::vector<SourceData> sources;        ///< What the columns' sources look into, each once.
  std::vector<ColumnGroup> groups;        ///< Of the columns that write something, in order.
  std::vector<std::size_t> partial;       ///< The embeddings with values that may not count.
  std::vector<WeightedFeature> weighted;  ///< Of each weighted column.
  std::vector<std::size_t> trained;       ///< The embeddings that are trainable.
  std::vector<NamedTable> tables;         ///< In the order of their first columns.
  std::int64_t dim = 0;                   ///< sum D

  /// The index of the table of that name. Throws InvalidArgument: for the name of a column, with
  /// what its table is called, else listing the names.
  [[nodiscard]] std::size_t find_table(std::string_view name) const;

  /// The embedding column `column`, or null.
  [[nodiscard]] const EmbeddingColumn* embedding(std::size_t column) const noexcept {
    return std::get_if<EmbeddingColumn>(&columns[column]);
  }

  /// The features of a batch: those that are read, and the crosses of them.
  [[nodiscard]] std::size_t batch_features() const noexcept {
    return features.size() + crossed.size();
  }
  /// The first column of a feature of a batch.
  [[nodiscard]] const std::string& first_column(std::size_t f) const noexcept {
    return f < features.size() ? features[f].first_column
                               : crossed[f - features.size()].first_column;
  }

  /// The static part of a launch's shape.
  [[nodiscard]] LayerShape shape() const noexcept;

 private:
  /// The index of the feature of that key, and of so many numbers a step (FeatureSource::numbers).
  /// Where it is new, it is read for the column `first_column`.
  std::size_t feature(const std::string& key, std::int64_t numbers, DType dtype,
                      const std::string& first_column);

  std::map<std::pair<std::string, std::int64_t>, std::size_t> feature_index_;
  /// Says of the columns that are crosses which features they cross, once all features have places.
  void compile_crosses(CompiledFor use);
};

}  // namespace seqfeat::detail
