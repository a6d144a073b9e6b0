// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/stored.hpp"

namespace seqfeat::test {

/// A layer with the tables of `c` stored as `in`, or each in a type of its own, into an output of
/// type `out`. Rows of tables have `gap` elements between them, or some by chance.
class StoredCase {
 public:
  StoredCase(Case c, const Backend& backend, Rng& rng, FloatType out,
             std::optional<FloatType> in = std::nullopt,
             std::optional<std::int64_t> gap = std::nullopt)
      : case_(std::move(c)), out_(out), layer_(case_.columns, backend, case_.options) {
    for (const Column& column : case_.columns) {
      const auto* embedding = std::get_if<EmbeddingColumn>(&column);
      if (embedding == nullptr) continue;
      const std::string name = embedding->table();
      if (tables_.contains(name)) continue;  // shared
      const FloatType type = in.value_or(kFloatTypes[rng.between(0, 2)]);
      const std::int64_t dim = embedding->dimension();
      std::vector<float>& floats = case_.tables.at(name);
      const std::int64_t by_chance = rng.pick<std::int64_t>({0, 0, 1, 6});
      tables_.emplace(name, stored_table(type, floats, dim, dim + gap.value_or(by_chance)));
      floats = rounded(type, floats);
      layer_.bind(name, tables_.at(name).view());
      EXPECT_EQ(layer_.table(name).type, type);
    }
  }

  /// "" if the layer's values, padded and ragged, are those of the lists, rounded once.
  /// The workspace is planned for `room` as much of everything as there is.
  [[nodiscard]] std::string difference_from_lists(std::int64_t room = 1) const {
    const Answer answer = answer_by_lists(case_);
    const std::vector<float> padded = rounded(out_, answer.values);
    const std::string text = difference(values_of(Emit::values, room), padded);
    if (!text.empty()) return text;
    const std::string ragged = difference(
        values_of(Emit::ragged, room),
        without_padding<float>(padded, answer.lengths, answer.width, case_.options.padding_side));
    return ragged.empty() ? "" : "ragged: " + ragged;
  }

  /// Values begin one element behind the most aligned place.
  void shift_values() { shift_ = size_of(out_); }

 private:
  /// The layer's values in one of their forms.
  [[nodiscard]] std::vector<float> values_of(Emit emit, std::int64_t room) const {
    const Backend& backend = layer_.backend();
    const Stream stream = backend.impl().own_stream();
    const Features features = case_.pack();
    const BatchSizes capacity = layer_.measure(features);
    Workspace workspace(backend, layer_.plan(times(capacity, room), emit), stream);
    const auto& plan = workspace.plan();
    const Buffer values =
        poisoned(backend, (plan.values + plan.ragged_values) * size_of(out_) + shift_);
    const Buffer lengths(backend.memory(), plan.capacity.rows * 8, stream);
    Outputs outputs;
    const bool ragged = wants_ragged(emit);
    (ragged ? outputs.ragged_values : outputs.values) = values.as<std::byte>() + shift_;
    outputs.lengths = lengths.as<std::int64_t>();
    outputs.type = out_;
    const BatchSizes shape = layer_(features, outputs, workspace, stream);
    workspace.check(stream);
    const std::int64_t slots = ragged ? shape.steps : shape.rows * shape.padded_steps;
    return widened(out_, to_host(backend, values.as<const std::byte>() + shift_,
                                 slots * layer_.dim() * size_of(out_)));
  }
  /// Memory in which unwritten cells show.
  static Buffer poisoned(const Backend& backend, std::int64_t bytes) {
    return to_backend<std::byte>(
        backend, std::vector<std::byte>(static_cast<std::size_t>(bytes), std::byte{0xa5}));
  }
  static BatchSizes times(BatchSizes capacity, std::int64_t room) {
    for (std::int64_t* size : {&capacity.rows, &capacity.steps, &capacity.tokens, &capacity.bytes,
                               &capacity.padded_steps, &capacity.ids}) {
      *size *= room;
    }
    return capacity;
  }

  Case case_;
  FloatType out_;
  std::int64_t shift_ = 0;
  std::map<std::string, StoredTable> tables_;
  SequenceFeatures layer_;
};

}  // namespace seqfeat::test
