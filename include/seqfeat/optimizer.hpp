// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "seqfeat/update_rule.hpp"

// The optimizers of tables: plain values, checked when they are made, with PyTorch's and Keras'
// words. Only rows that occur in a batch are read or written (lazy, as torch.optim.SparseAdam):
// moments of other rows do not decay. docs/semantics.md has the formulas.

namespace seqfeat {

// `stochastic_rounding` is a seed: tables of 16-bit floats are then rounded up or down at random
// instead of to nearest even. Tables of float32 take no notice of it.

struct Sgd {
  double learning_rate = 0.01;
  double weight_decay = 0.0;
  std::optional<std::uint64_t> stochastic_rounding = std::nullopt;
  friend bool operator==(const Sgd&, const Sgd&) = default;
};
struct Adagrad {
  double learning_rate = 0.01;
  double epsilon = 1e-10;
  double initial_accumulator_value = 0.0;
  bool epsilon_in_root = false;  ///< As Keras has it; else as PyTorch.
  std::optional<std::uint64_t> stochastic_rounding = std::nullopt;
  friend bool operator==(const Adagrad&, const Adagrad&) = default;
};
/// One accumulator a row: of the mean of its gradient's squares.
struct RowwiseAdagrad {
  double learning_rate = 0.01;
  double epsilon = 1e-8;
  std::optional<std::uint64_t> stochastic_rounding = std::nullopt;
  friend bool operator==(const RowwiseAdagrad&, const RowwiseAdagrad&) = default;
};
struct Adam {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;  ///< Decoupled, and before the step, as PyTorch's AdamW.
  std::optional<std::uint64_t> stochastic_rounding = std::nullopt;
  friend bool operator==(const Adam&, const Adam&) = default;
};
struct Ftrl {
  double learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double l1 = 0.0;
  double l2 = 0.0;
  double beta = 0.0;
  double lr_power = -0.5;  ///< No other is defined: two machines round powers differently.
  std::optional<std::uint64_t> stochastic_rounding = std::nullopt;
  friend bool operator==(const Ftrl&, const Ftrl&) = default;
};

/// A tensor of state beside each table, of float32.
struct StateSlot {
  std::string_view name;       ///< "accumulator", "moment1", "moment2" or "linear".
  bool per_row = false;        ///< [rows, 1], else [rows, D].
  double initial_value = 0.0;  ///< What it is filled with.
};

/// Any of them.
class Optimizer {
 public:
  using Settings = std::variant<Sgd, Adagrad, RowwiseAdagrad, Adam, Ftrl>;

  /// Throws   InvalidArgument naming the setting: not finite, negative, a beta outside [0, 1), an
  ///          `lr_power` other than -0.5.
  explicit Optimizer(Settings settings);

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] OptimizerKind kind() const noexcept {
    return static_cast<OptimizerKind>(settings_.index());
  }
  [[nodiscard]] double learning_rate() const;
  [[nodiscard]] std::optional<std::uint64_t> stochastic_rounding() const;

  /// The state that it keeps of each table; none for Sgd.
  [[nodiscard]] std::vector<StateSlot> slots() const;

  /// The numbers of step `step` (from 1) at a learning rate, which a schedule may have changed.
  [[nodiscard]] UpdateScalars scalars(double learning_rate, std::int64_t step) const;

  friend bool operator==(const Optimizer&, const Optimizer&) = default;

 private:
  Settings settings_;
};

[[nodiscard]] inline Optimizer sgd(const Sgd& settings = {}) {
  return Optimizer(settings);
}
[[nodiscard]] inline Optimizer adagrad(const Adagrad& settings = {}) {
  return Optimizer(settings);
}
[[nodiscard]] inline Optimizer rowwise_adagrad(const RowwiseAdagrad& settings = {}) {
  return Optimizer(settings);
}
[[nodiscard]] inline Optimizer adam(const Adam& settings = {}) {
  return Optimizer(settings);
}
[[nodiscard]] inline Optimizer ftrl(const Ftrl& settings = {}) {
  return Optimizer(settings);
}

/// Throws InvalidArgument unless it is finite and at least 0.
void check_learning_rate(double learning_rate);

/// Reads `{"type": "adam", "learning_rate": 0.001, ...}`; what is missing has its default.
///
/// Throws   InvalidArgument with a JSON pointer to the place: malformed JSON, duplicate or unknown
///          keys (with the nearest known name), wrong types, values out of range.
[[nodiscard]] Optimizer parse_optimizer(std::string_view json);

/// Writes the canonical text: all keys, in a fixed order. Equal optimizers give equal bytes.
[[nodiscard]] std::string to_json(const Optimizer& optimizer);

}  // namespace seqfeat
