// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "tests/golden/columns.hpp"
#include "tests/golden/decode.hpp"
#include "tests/golden/kinds.hpp"
#include "tests/golden/layer_answer.hpp"

namespace seqfeat::golden {
namespace {

/// A dense scalar is refused by the conversion; there is no CSR form of it.
bool has_csr(const Json& feature) {
  return feature.contains("csr") &&
         !(member(feature, "input") == "dense" && member(feature, "shape").empty());
}

/// How many numbers of a feature make a step.
std::int64_t numbers_of(const Case& c, const std::string& key) {
  std::int64_t product = 1;
  for (const Json& column : c.input("columns")) {
    if (member(column, "type") != "sequence_numeric_column" || member(column, "key") != key)
      continue;
    for (const Json& size : member(column, "shape")) product *= int64_from(size);
  }
  return product;
}

/// The width of a sparse feature, which its CSR form does not have, is no multiple of the numbers.
bool width_is_wrong(const Json& feature, std::int64_t numbers) {
  return member(feature, "input") == "sparse" && member(feature, "dense_shape").size() == 2 &&
         int64_from(member(feature, "dense_shape")[1]) % numbers != 0;
}

/// From flat offsets and values, through a column from JSON.
void run_csr(const Case& c, const Backend& backend) {
  std::deque<Csr> owners;  // Views name their memory, so that it may not move.
  Features features;
  for (const auto& [key, json] : c.input("features").items()) {
    owners.push_back(csr_from(json));
    features.set(key, owners.back().view());
  }
  const std::vector<Column> columns = columns_from_json(c.input("columns"));
  same_batch(c, run_layer(c, columns, features, backend));
}

/// From dense or sparse input as TensorFlow was given it, through columns from the factories.
void run_converted(const Case& c, const Backend& backend) {
  const auto columns = columns_from_factories(c.input("columns"));
  Features features;
  for (const auto& [key, json] : c.input("features").items()) {
    features.set(key, converted(json, key, numbers_of(c, key)));
  }
  same_batch(c, run_layer(c, columns ? *columns : columns_from_json(c.input("columns")), features,
                          backend));
}

void run_sequence_features(const Case& c, const Backend& backend) {
  bool csr = true;
  for (const auto& [key, feature] : c.input("features").items()) {
    csr = csr && has_csr(feature) && !width_is_wrong(feature, numbers_of(c, key));
  }
  if (csr) hold_against(c, "from csr", [&] { run_csr(c, backend); });
  hold_against(c, "as given", [&] { run_converted(c, backend); });
}

void run_sparse_out_of_bounds(const Case& c, const Backend& backend) {
  hold_against(c, "from sparse", [&] { run_converted(c, backend); });
}

const KindEntry kFeatures{"sequence_features", {kOnEveryBackend, run_sequence_features}};
const KindEntry kOutside{"sparse_out_of_bounds", {kOnEveryBackend, run_sparse_out_of_bounds}};

}  // namespace
}  // namespace seqfeat::golden
