// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/inputs.hpp"
#include "bench/workload.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/features.hpp"

// Batches for the layer. Peers from outside read the same shapes.

namespace seqfeat::bench {

/// A batch of `keys` features with the same row lengths, a table each.
struct LayerShape {
  std::int64_t keys = 1;
  std::int64_t rows = 0;
  std::int64_t shortest = 1;  ///< Of a row, in steps; lengths are uniform in between.
  std::int64_t longest = 1;
  DType dtype = DType::string;  ///< Strings have 8 bytes.
  std::int64_t dim = 0;
  std::int64_t buckets = 0;
  std::int64_t values_per_step = 1;
  bool with_step_offsets = false;  ///< The same steps by their offsets.
  std::int64_t outlier = 0;        ///< Steps of the middle row, if that is to be another.
  Combiner combiner = Combiner::mean;
  FloatType type = FloatType::float32;  ///< Of the tables and of the values.
};

/// The shape with the context's share of its rows and of its tables', of each a few at least.
[[nodiscard]] LayerShape scaled(LayerShape shape, const Context& context);

/// Where each of a batch's rows begins, in steps.
[[nodiscard]] std::vector<std::int64_t> row_offsets_of(const LayerShape& shape);

/// Tokens on the host.
struct LayerInput {
  std::vector<std::int64_t> row_offsets, step_offsets;
  std::vector<Strings> strings;                     ///< One of these two
  std::vector<std::vector<std::int64_t>> integers;  ///< is filled, a key an entry.
  Features features;
};

/// Fills an empty `input`; its features point into it, so it stays where it is.
void make_input(const LayerShape& shape, LayerInput& input);

/// The name of a feature, in the order of the columns.
[[nodiscard]] std::string key_of(std::int64_t column);

/// Row lengths, table and tokens of a shape with one key.
[[nodiscard]] nlohmann::ordered_json to_json(const LayerShape& shape);

}  // namespace seqfeat::bench
