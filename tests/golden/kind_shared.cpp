// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tests/golden/columns.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/decode.hpp"
#include "tests/golden/kinds.hpp"
#include "tests/golden/layer_answer.hpp"

// One table for several columns. The case has it without a name: TensorFlow's is made of the keys.

namespace seqfeat::golden {
namespace {

constexpr const char* kTable = "a_b_shared_embedding";

/// The columns as a spec says them.
Json columns_of(const Case& c) {
  Json columns = Json::array();
  for (const Json& categorical : c.input("categorical_columns")) {
    columns.push_back({{"type", "shared_embedding_column"},
                       {"table", kTable},
                       {"dimension", c.input("dimension")},
                       {"combiner", c.input("combiner")},
                       {"max_norm", c.json().value("max_norm", Json())},
                       {"categorical_column", categorical}});
  }
  return columns;
}

/// The same by the function of that name, which takes the categorical columns.
std::vector<Column> columns_by_function(const Case& c) {
  const auto bare = columns_from_factories(c.input("categorical_columns"));
  std::vector<CategoricalColumn> categorical;
  for (const Column& column : bare.value()) categorical.push_back(categorical_of(column));
  const auto spec = columns_from_json(columns_of(c));
  return shared_embeddings(categorical, int64_from(c.input("dimension")),
                           std::get<EmbeddingColumn>(spec.at(0)).options());
}

void run(const Case& c, const Backend& backend) {
  Json with_tables = c.json();
  with_tables["tables"] = {{kTable, c.input("table")}};
  const Case whole(with_tables, c.tensors());
  std::deque<Csr> owners;  // Views name their memory, so that it may not move.
  Features features;
  for (const auto& [key, json] : c.input("features").items()) {
    owners.push_back(csr_from(json));
    features.set(key, owners.back().view());
  }
  const auto hold = [&](const char* route, const std::vector<Column>& columns) {
    hold_against(c, route, [&] {
      Json names = Json::array();
      for (const Column& column : columns) names.push_back(name_of(column));
      same_json("names", names, c.input("names"));
      const Batch got = run_layer(whole, columns, features, backend);
      same("lengths", got.lengths(), int64s_from(c.expected("lengths")));
      same_floats("values", std::vector{got.rows(), got.padded_steps(), got.dim()}, got.values(),
                  tensor_from(c.expected("values"), c.tensors()));
    });
  };
  hold("from JSON", columns_from_json(columns_of(c)));
  hold("from factories", columns_from_factories(columns_of(c)).value());
  hold("by shared_embeddings", columns_by_function(c));
}

const KindEntry kEntry{"shared_embeddings", {kOnEveryBackend, run}};

}  // namespace
}  // namespace seqfeat::golden
