// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/layer_answer.hpp"

#include <map>

#include "tests/golden/compare.hpp"

namespace seqfeat::golden {
namespace {

LayerOptions options_of(const Case& c) {
  LayerOptions options;
  if (!c.has("T")) return options;
  const std::int64_t width = int64_from(c.input("T"));
  if (width != 0) {
    options.max_length = width;
    options.padding = Padding::max_length;
  }
  return options;
}

void same_ids(const std::vector<ColumnIds>& got, const Json& expected) {
  if (got.size() != expected.size()) {
    throw Difference("ids: got " + std::to_string(got.size()) + " columns, expected " +
                     std::to_string(expected.size()));
  }
  for (const ColumnIds& column : got) {
    same("ids of " + column.name, column.ids, int64s_from(member(expected, column.name)));
  }
}

/// The ragged form holds the padded one's steps, which stand on the left, and nothing else.
void same_ragged(const Batch& padded, const Batch& ragged) {
  std::vector<float> steps;
  std::vector<std::int64_t> row_offsets{0};
  auto row = padded.values().begin();
  for (const std::int64_t length : padded.lengths()) {
    steps.insert(steps.end(), row, row + length * padded.dim());
    row += padded.padded_steps() * padded.dim();
    row_offsets.push_back(row_offsets.back() + length);
  }
  same("row_offsets", ragged.row_offsets(), row_offsets);
  const std::vector<std::int64_t> shape{row_offsets.back(), padded.dim()};
  same_floats("ragged_values", shape, ragged.ragged_values(), {shape, steps});
}

}  // namespace

Batch run_layer(const Case& c, std::vector<Column> columns, const Features& features,
                const Backend& backend) {
  std::map<std::string, Tensor> tables;
  for (const auto& [name, json] : c.input("tables").items()) {
    Tensor table = tensor_from(json, c.tensors());
    if (table.shape.size() != 2 || table.floats.empty()) throw BadCase("a table of another form");
    tables.emplace(name, std::move(table));
  }
  SequenceFeatures layer(std::move(columns), backend, options_of(c));
  for (const auto& [name, table] : tables) {
    layer.bind(name, {table.floats.data(), table.shape[0], table.shape[1]});
  }
  Batch batch = layer(features, Emit::values_and_ids);
  (void)batch.values();  // Copied to the host while the tables are alive.
  same_ragged(batch, layer(features, Emit::ragged));
  return batch;
}

void same_batch(const Case& c, const Batch& got) {
  const std::vector<std::int64_t> slots{got.rows(), got.padded_steps()};
  const std::vector<std::int64_t> cells{got.rows(), got.padded_steps(), got.dim()};
  same("lengths", got.lengths(), int64s_from(c.expected("lengths")));
  same_booleans("mask", slots, got.mask(), tensor_from(c.expected("mask"), c.tensors()));
  same_ids(got.ids(), c.expected("ids"));
  const Tensor expected = tensor_from(c.expected("values"), c.tensors());
  if (!c.has("tolerance")) return same_floats("values", cells, got.values(), expected);
  near_floats("values", cells, got.values(), expected, c.input("tolerance").get<float>());
}

}  // namespace seqfeat::golden
