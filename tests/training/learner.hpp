// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "seqfeat/seqfeat.hpp"
#include "tests/training/random_training.hpp"

// A layer that learns on one backend, so that two backends can be held against each other.

namespace seqfeat::test {

/// What is learnt, and how.
struct Lesson {
  std::vector<Column> columns;
  LayerOptions options;
  Optimizer optimizer = sgd();
  /// The types of the columns' tables, by turns.
  std::vector<FloatType> table_types = {FloatType::float32};
  std::int64_t gap = 0;  ///< Elements between the rows of a table.
  /// The table of a column, by full name, that shares another column's; both have one shape.
  std::map<std::string, std::string> shared;
};

/// Floats as elements of `type`.
[[nodiscard]] std::vector<std::byte> as_elements(const std::vector<float>& floats, FloatType type);

/// A layer with tables and state on one backend. Tables begin with the same numbers everywhere.
class Learner {
 public:
  Learner(const Backend& backend, const Lesson& lesson);

  [[nodiscard]] const SequenceFeatures& layer() const noexcept { return layer_; }
  [[nodiscard]] OptimizerState& state() noexcept { return state_; }
  /// One step over a batch: forward and update. `gradient` has a number for each element.
  void step(const Features& features, const std::vector<float>& gradient, FloatType type, Emit emit,
            std::int64_t room);
  /// The bytes of all tables, gaps included, and of the state.
  [[nodiscard]] std::vector<std::byte> bytes() const;
  /// Back to the first numbers; the state's step goes on.
  void fill_tables();

 private:
  struct Memory {
    Buffer buffer;
    std::vector<std::byte> first;  ///< What it begins with.
  };

  Lesson lesson_;
  SequenceFeatures layer_;
  std::map<std::string, Memory> tables_;
  OptimizerState state_;

  static std::map<std::string, Memory> bind_tables(SequenceFeatures& layer, const Lesson& lesson);
};

}  // namespace seqfeat::test
