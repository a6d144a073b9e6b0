// SPDX-License-Identifier: Apache-2.0
#include "layer/compiled_columns.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "backend/concat.hpp"
#include "layer/crossed_steps.hpp"
#include "seqfeat/error.hpp"
#include "spec/column_order.hpp"

namespace seqfeat::detail {
namespace {

ColumnData data_of(const Column& column, std::int64_t offset, std::size_t feature) {
  ColumnData data;
  data.offset = offset;
  data.width = width_of(column);
  data.feature = static_cast<std::int32_t>(feature);
  if (const auto* numeric = std::get_if<NumericColumn>(&column)) {
    data.kind = ColumnKind::numeric;
    data.fill = static_cast<float>(numeric->default_value());
    return data;
  }
  data.source = categorical_of(column).source();
  data.kind = ColumnKind::ids_only;
  if (std::holds_alternative<IndicatorColumn>(column)) data.kind = ColumnKind::indicator;
  if (const auto* embedding = std::get_if<EmbeddingColumn>(&column)) {
    data.kind = ColumnKind::embedding;
    data.table.dim = embedding->dimension();
    data.table.combiner = embedding->options().combiner;
    data.table.clips = embedding->options().max_norm.has_value();
    data.table.max_norm = static_cast<float>(embedding->options().max_norm.value_or(0.0));
    data.table.weighted = embedding->categorical().weighted();
    data.partial = data.table.weighted || !data.source.total();
  }
  return data;
}

/// Adds a column that writes `data.width` elements to the groups: to the last one, if both are
/// narrow embeddings.
void add_to_groups(std::vector<ColumnGroup>& groups, const std::vector<ColumnData>& columns) {
  const ColumnData& column = columns.back();
  if (column.kind == ColumnKind::ids_only) return;
  const auto narrow = [](const ColumnData& c) {
    return c.kind == ColumnKind::embedding && c.width < kNarrowSlice;
  };
  const auto index = static_cast<std::int32_t>(columns.size()) - 1;
  if (!groups.empty() && narrow(column)) {
    ColumnGroup& last = groups.back();
    if (last.first + last.count == index && last.count < kGroupColumns &&
        narrow(columns[static_cast<std::size_t>(last.first)])) {
      ++last.count;
      last.width += column.width;
      return;
    }
  }
  groups.push_back({index, 1, column.offset, column.width});
}

}  // namespace

CompiledColumns::CompiledColumns(std::vector<Column> given, CompiledFor use)
    : columns(std::move(given)) {
  if (columns.empty()) throw InvalidArgument("columns: got none, expected at least one column");
  sort_by_name(columns);
  check_names_differ(columns);
  check_weights_are_read(columns);
  check_tables_agree(columns);
  (void)make_parse_example_spec(columns);  // one dtype a key
  std::map<std::string, std::size_t> table_index;
  for (const Column& column : columns) {
    const std::string name = name_of(column);
    const CategoricalColumn* categorical = find_categorical(column);
    const std::int64_t numbers = categorical == nullptr ? width_of(column) : 0;
    const std::vector<FeatureKey> keys = features_of(column);
    std::size_t reads = 0;
    for (const auto& [key, dtype] : keys) reads = feature(key, numbers, dtype, name);
    if (keys.size() == 1) aligned.push_back(reads);
    names.push_back(name);
    data.push_back(data_of(column, dim, reads));
    if (categorical != nullptr && categorical->weighted()) {
      const std::size_t weights = feature(categorical->weight_key(), 0, DType::float32, name);
      data.back().weights = static_cast<std::int32_t>(weights);
      weighted.push_back({reads, weights, data.size() - 1});
      aligned.push_back(weights);
    }
    const bool crosses = data.back().source.kind == IdKind::crossed;
    const bool looks = use == CompiledFor::ids || data.back().source.may_pass_end();
    if (categorical != nullptr && looks && !crosses) {
      give_data(sources, *categorical, data.back().source);
    }
    if (data.back().partial) partial.push_back(data.size() - 1);
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding != nullptr) {
      const auto [table, is_new] = table_index.emplace(embedding->table(), tables.size());
      if (is_new) tables.push_back({table->first, {}});
      tables[table->second].columns.push_back(data.size() - 1);
    }
    const bool trains = embedding != nullptr && embedding->options().trainable;
    if (trains) trained.push_back(data.size() - 1);
    if (categorical != nullptr && !crosses) {
      features[reads].columns += 1;
      features[reads].trained += trains ? 1 : 0;
    }
    add_to_groups(groups, data);
    slices.push_back({name, dim, data.back().width});
    if (__builtin_add_overflow(dim, data.back().width, &dim)) {
      throw InvalidArgument(concat("columns: the sum of widths overflows int64 at '", name, "'"));
    }
  }
  compile_crosses(use);
  std::sort(aligned.begin(), aligned.end());
  aligned.erase(std::unique(aligned.begin(), aligned.end()), aligned.end());
}

void CompiledColumns::compile_crosses(CompiledFor use) {
  const auto place_of = [this](const FeatureKey& wanted) {
    const auto found =
        std::find_if(features.begin(), features.end(), [&](const FeatureSource& feature) {
          return feature.key == wanted.key && feature.numbers == 0;
        });
    return static_cast<std::size_t>(found - features.begin());
  };
  std::map<std::string, std::size_t> index;
  for (std::size_t c = 0; c < data.size(); ++c) {
    if (data[c].source.kind != IdKind::crossed) continue;
    const CategoricalColumn& column = categorical_of(columns[c]);
    std::vector<std::size_t> operands;
    std::vector<std::string> keys;
    for (const FeatureKey& key : column.content().crossed) {
      operands.push_back(place_of(key));
      keys.push_back(key.key);
    }
    if (use == CompiledFor::ids) give_operands(sources, column, operands, data[c].source);
    // In whatever order features are crossed, steps are as long.
    const auto [found, added] = index.emplace(cross_key(std::move(keys)), crossed.size());
    if (added) crossed.push_back({operands, found->first, names[c]});
    CrossedFeature& cross = crossed[found->second];
    cross.columns += 1;
    const auto* of = embedding(c);
    cross.trained += of != nullptr && of->options().trainable ? 1 : 0;
    const std::size_t feature = features.size() + found->second;
    if (added) aligned.push_back(feature);
    data[c].feature = static_cast<std::int32_t>(feature);
  }
}

std::size_t CompiledColumns::feature(const std::string& key, std::int64_t numbers, DType dtype,
                                     const std::string& first_column) {
  const auto [found, is_new] = feature_index_.emplace(std::pair(key, numbers), features.size());
  if (is_new) {
    features.push_back({key, dtype, first_column});
    features.back().numbers = numbers;
  }
  return found->second;
}

std::size_t CompiledColumns::find_table(std::string_view name) const {
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const NamedTable& table) { return table.name == name; });
  if (found != tables.end()) return static_cast<std::size_t>(found - tables.begin());
  const auto column = std::lower_bound(names.begin(), names.end(), name);
  if (column != names.end() && *column == name) {
    const auto* of = embedding(static_cast<std::size_t>(column - names.begin()));
    throw InvalidArgument(
        of == nullptr
            ? concat("column '", name, "' has no table; only embedding columns do")
            : concat("column '", name, "': its table is shared and called '", of->table(), "'"));
  }
  std::string known;
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 8); ++i) {
    known += (i == 0 ? "'" : ", '") + names[i] + "'";
  }
  throw InvalidArgument(concat("column '", name, "' is not in the layer, which has ", known,
                               names.size() > 8 ? ", …" : ""));
}

LayerShape CompiledColumns::shape() const noexcept {
  LayerShape shape;
  shape.columns = static_cast<std::int32_t>(columns.size());
  shape.dim = dim;
  shape.total = partial.empty();
  shape.groups = static_cast<std::int32_t>(groups.size());
  for (const ColumnGroup& group : groups) {
    shape.widest = std::max(shape.widest, group.width);
    shape.most_columns = std::max(shape.most_columns, group.count);
  }
  for (const ColumnData& column : data) {
    shape.clips = shape.clips || column.table.clips;
    shape.weighs = shape.weighs || column.table.weighted;
    if (has_ids(column)) {
      (column.source.kind == IdKind::hash_bucket ? shape.hashes : shape.maps) = true;
      shape.plain = shape.plain && column.source.plain();
    }
    const bool numeric = column.kind == ColumnKind::numeric;
    shape.counts = shape.counts || column.kind == ColumnKind::indicator || numeric;
    shape.fills = shape.fills || std::bit_cast<std::uint32_t>(column.fill) != 0;
    if (column.kind == ColumnKind::embedding) shape.table_types |= type_bit(column.table.type);
  }
  return shape;
}

}  // namespace seqfeat::detail
