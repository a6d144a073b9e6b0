// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/spec_json.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/decode.hpp"
#include "tests/golden/kinds.hpp"

// TensorFlow crosses the values of each row; here each row is a row of one step. An operand without
// values leaves its row without steps, or with an empty one.

namespace seqfeat::golden {
namespace {

bool is_sparse(const Json& feature) {
  return feature.at("input") == "sparse";
}

/// The keys in TensorFlow's order of operands: dense ones behind all others.
std::vector<std::string> keys_of(const Case& c) {
  auto keys = c.input("keys").get<std::vector<std::string>>();
  std::stable_partition(keys.begin(), keys.end(), [&](const std::string& key) {
    return is_sparse(c.input("features").at(key));
  });
  return keys;
}

CategoricalColumn column_from_factory(const Case& c) {
  std::vector<FeatureKey> keys;
  for (const std::string& key : keys_of(c)) {
    keys.emplace_back(key, dtype_of(c.input("features").at(key)));
  }
  std::optional<std::uint64_t> hash_key;
  if (c.has("hash_key")) hash_key = uint64_from(c.input("hash_key"));
  return sequence_crossed_column(keys, int64_from(c.input("hash_bucket_size")), hash_key);
}

Column column_from_json(const Case& c) {
  Json keys = Json::array();
  for (const std::string& key : keys_of(c)) {
    const Json& feature = c.input("features").at(key);
    if (dtype_of(feature) == DType::string) {
      keys.push_back(key);
    } else {
      keys.push_back({{"key", key}, {"dtype", to_string(dtype_of(feature))}});
    }
  }
  Json json = {{"type", "sequence_crossed_column"},
               {"keys", keys},
               {"hash_bucket_size", c.input("hash_bucket_size")},
               {"hash_key", c.json().value("hash_key", Json())}};
  return parse_column(json.dump());
}

/// The values of each row in one step. Of dense ones TensorFlow crosses all, '' and -1 too; it
/// refuses those that have steps already, which cannot be made one.
Csr in_one_step(const Json& feature) {
  Csr csr;
  if (is_sparse(feature)) {
    if (feature.at("dense_shape").size() != 2) throw DataError("values have steps");
    csr = csr_from(feature);
    csr.step_offsets = csr.row_offsets;
  } else {
    const auto shape = int64s_from(feature.at("shape"));
    csr.tokens = tokens_from(feature, dtype_of(feature));
    for (std::int64_t row = 0; row <= shape.at(0); ++row) {
      csr.step_offsets.push_back(row * shape.at(1));
    }
  }
  csr.row_offsets.resize(csr.step_offsets.size());
  std::iota(csr.row_offsets.begin(), csr.row_offsets.end(), std::int64_t{0});
  return csr;
}

void run(const Case& c, const Backend& backend) {
  const auto hold = [&](const char* route, const Column& column) {
    hold_against(c, route, [&] {
      std::deque<Csr> owners;  // Views name their memory, so that it may not move.
      Features features;
      for (const auto& [key, json] : c.input("features").items()) {
        owners.push_back(in_one_step(json));
        features.set(key, owners.back().view());
      }
      same_json("name", name_of(column), c.expected("name"));
      const Batch got = SequenceFeatures({column}, backend)(features, Emit::ids);
      const ColumnIds& ids = got.ids().at(0);
      same("ids", ids.ids, int64s_from(c.expected("ids")));
      Json indices = Json::array();
      std::int64_t most = 0;
      for (std::size_t row = 0; row + 1 < ids.row_offsets.size(); ++row) {
        const auto at = [&](std::size_t r) {
          return ids.step_offsets.at(static_cast<std::size_t>(ids.row_offsets.at(r)));
        };
        const std::int64_t count = at(row + 1) - at(row);
        for (std::int64_t i = 0; i < count; ++i) indices.push_back({row, i});
        most = std::max(most, count);
      }
      same_json("indices", indices, c.expected("indices"));
      same_json("dense_shape", {ids.row_offsets.size() - 1, most}, c.expected("dense_shape"));
    });
  };
  hold("from the factory", column_from_factory(c));
  hold("from JSON", column_from_json(c));
}

const KindEntry kEntry{"crossed_column", {kOnEveryBackend, run}};

}  // namespace
}  // namespace seqfeat::golden
