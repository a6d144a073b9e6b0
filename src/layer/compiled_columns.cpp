// SPDX-License-Identifier: Apache-2.0
#include "layer/compiled_columns.hpp"

#include <algorithm>
#include <map>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "spec/column_order.hpp"

namespace seqfeat::detail {
namespace {

ColumnData data_of(const Column& column, std::int64_t offset, std::size_t feature) {
  const CategoricalColumn& categorical = categorical_of(column);
  ColumnData data;
  data.buckets = FastModulo(static_cast<std::uint64_t>(categorical.hash_bucket_size()));
  data.offset = offset;
  data.width = width_of(column);
  data.feature = static_cast<std::int32_t>(feature);
  data.kind = ColumnKind::ids_only;
  if (std::holds_alternative<IndicatorColumn>(column)) data.kind = ColumnKind::indicator;
  if (const auto* embedding = std::get_if<EmbeddingColumn>(&column)) {
    data.kind = ColumnKind::embedding;
    data.table.dim = embedding->dimension();
    data.table.combiner = embedding->options().combiner;
    data.table.clips = embedding->options().max_norm.has_value();
    data.table.max_norm = static_cast<float>(embedding->options().max_norm.value_or(0.0));
  }
  return data;
}

}  // namespace

CompiledColumns::CompiledColumns(std::vector<Column> given) : columns(std::move(given)) {
  if (columns.empty()) throw InvalidArgument("columns: got none, expected at least one column");
  sort_by_name(columns);
  check_names_differ(columns);
  (void)make_parse_example_spec(columns);  // one dtype a key
  std::map<std::string, std::size_t> feature_index;
  for (const Column& column : columns) {
    const std::string name = name_of(column);
    const CategoricalColumn& categorical = categorical_of(column);
    const auto [found, added] = feature_index.emplace(categorical.key(), features.size());
    if (added) features.push_back({categorical.key(), categorical.dtype(), name, 0});
    ++features[found->second].columns;
    names.push_back(name);
    data.push_back(data_of(column, width, found->second));
    slices.push_back({name, width, data.back().width});
    if (__builtin_add_overflow(width, data.back().width, &width)) {
      throw InvalidArgument(concat("columns: the sum of widths overflows int64 at '", name, "'"));
    }
  }
}

std::size_t CompiledColumns::find(std::string_view name) const {
  const auto found = std::lower_bound(names.begin(), names.end(), name);
  if (found != names.end() && *found == name) {
    return static_cast<std::size_t>(found - names.begin());
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
  shape.features = static_cast<std::int32_t>(features.size());
  shape.row_floats = width;
  for (const ColumnData& column : data) {
    shape.widest = std::max(shape.widest, column.width);
    shape.clips = shape.clips || column.table.clips;
  }
  for (const FeatureSource& feature : features) {
    (is_integer(feature.dtype) ? shape.integers : shape.strings) = true;
  }
  return shape;
}

}  // namespace seqfeat::detail
