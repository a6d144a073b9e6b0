// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>

#include "seqfeat/layer.hpp"
#include "tests/golden/columns.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/kinds.hpp"

namespace seqfeat::golden {
namespace {

/// Runs `body` with the columns from JSON, and with those from the factories where they can say it.
void with_both(const Case& c, const Json& list,
               const std::function<void(const std::vector<Column>&)>& body) {
  hold_against(c, "from JSON", [&] { body(columns_from_json(list)); });
  hold_against(c, "from factories", [&] {
    const auto columns = columns_from_factories(list);
    body(columns ? *columns : columns_from_json(list));
  });
}

Json described(const Column& column) {
  const std::int64_t width = width_of(column);
  const CategoricalColumn* categorical = find_categorical(column);
  Json json = {{"name", name_of(column)},
               {"num_buckets", std::to_string(categorical != nullptr ? categorical->rows() : 0)},
               {"spec", json_of(make_parse_example_spec({column}))}};
  if (std::holds_alternative<EmbeddingColumn>(column)) json["variable_shape"] = {width};
  if (std::holds_alternative<IndicatorColumn>(column)) json["variable_shape"] = {1, width};
  return json;
}

void run_column(const Case& c, const Backend&) {
  with_both(c, Json::array({c.input("column")}), [&](const std::vector<Column>& columns) {
    const Json got = described(columns.at(0));
    if (!c.wants_error()) same_json("column", got, c.answer());
  });
}

void run_parse_spec(const Case& c, const Backend&) {
  with_both(c, c.input("columns"), [&](const std::vector<Column>& columns) {
    const ParseSpec spec = make_parse_example_spec(columns);
    same_json("spec", json_of(spec), c.expected("spec"));
  });
}

/// The layer takes a bare categorical column for its ids; TensorFlow's does not, and here it is
/// refused where values are asked for. A batch without rows asks for them.
void ask_for_values(const SequenceFeatures& layer) {
  Features none;
  for (const Column& column : layer.columns()) {
    const CategoricalColumn& categorical = categorical_of(column);
    none.set(categorical.key(), Ragged(categorical.dtype()));
  }
  (void)layer(none, Emit::values);
}

void run_order(const Case& c, const Backend& backend) {
  with_both(c, c.input("columns"), [&](const std::vector<Column>& columns) {
    const SequenceFeatures layer(columns, backend);
    const bool bare = std::any_of(columns.begin(), columns.end(), [](const Column& column) {
      return std::holds_alternative<CategoricalColumn>(column);
    });
    if (bare) ask_for_values(layer);
    Json order = Json::array();
    for (const Column& column : layer.columns()) order.push_back(name_of(column));
    same_json("order", order, c.expected("order"));
  });
}

const KindEntry kColumn{"column", {kOnce, run_column}};
const KindEntry kParseSpec{"parse_spec", {kOnce, run_parse_spec}};
const KindEntry kLayer{"layer", {kOnce, run_order}};

}  // namespace
}  // namespace seqfeat::golden
