// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "seqfeat/detail/hd.hpp"

// What one step of an optimizer does to one element of a table: float32, one rounding for each
// operation that is written, left to right. gradient.hpp makes the gradient; optimizer.hpp has the
// optimizers as users see them. To be compiled without contraction of a * b + c.

namespace seqfeat {

enum class OptimizerKind : std::uint8_t { sgd, adagrad, rowwise_adagrad, adam, ftrl };

/// The numbers of one step, each computed in double and rounded once. They lie in the backend's
/// memory, so that a captured graph sees those of its step.
struct UpdateScalars {
  float learning_rate = 0.0F;
  float weight_decay = 0.0F;  ///< Sgd's.
  float epsilon = 0.0F;
  float beta_1 = 0.0F;
  float beta_2 = 0.0F;
  float rest_1 = 0.0F;  ///< 1 - beta_1
  float rest_2 = 0.0F;  ///< 1 - beta_2
  float alpha = 0.0F;   ///< Adam's step: the learning rate with the moments' corrections.
  float decay = 0.0F;   ///< 1 - learning_rate * weight_decay, Adam's.
  float l1 = 0.0F;
  float l2 = 0.0F;         ///< 2 * l2 + beta / learning_rate, Ftrl's.
  std::uint32_t step = 0;  ///< t, which counts from 1.
  bool writes = true;      ///< False at a learning rate of 0: weights keep their bits.
  bool decays = false;     ///< A term with a weight decay of 0 is left out.
  bool epsilon_in_root = false;
};

/// How many floats of state an optimizer has for each element of a table.
[[nodiscard]] SEQFEAT_HD constexpr int slots_per_element(OptimizerKind kind) noexcept {
  return kind == OptimizerKind::adagrad                               ? 1
         : kind == OptimizerKind::adam || kind == OptimizerKind::ftrl ? 2
                                                                      : 0;
}

/// RowwiseAdagrad has a single float of state for each row: advances it by the sum of squares of
/// the row's gradient (`sum_of_products`) and returns the step that all elements of the row take.
[[nodiscard]] SEQFEAT_HD inline float advance_row(const UpdateScalars& s, float squares,
                                                  std::int64_t dim, float& accumulator) noexcept {
  accumulator = accumulator + squares * (1.0F / static_cast<float>(dim));
  return s.learning_rate / (sqrtf(accumulator) + s.epsilon);
}

/// An element of a table, widened, and its state: Adagrad's accumulator; Adam's first and second
/// moment; Ftrl's accumulator and linear term.
struct UpdatedElement {
  float weight = 0.0F;
  float first = 0.0F;
  float second = 0.0F;
};

/// The element after a step with the gradient `g`. `row_step` is what `advance_row` returned; other
/// optimizers take no notice of it. Where `s.writes` is false, the weight must not be stored, nor
/// any state of Ftrl; all other state moves on.
template <OptimizerKind kKind>
[[nodiscard]] SEQFEAT_HD inline UpdatedElement updated(const UpdateScalars& s, float row_step,
                                                       float g, UpdatedElement e) noexcept {
  if constexpr (kKind == OptimizerKind::sgd) {
    const float gradient = s.decays ? g + s.weight_decay * e.weight : g;
    e.weight = e.weight - s.learning_rate * gradient;
  } else if constexpr (kKind == OptimizerKind::adagrad) {
    e.first = e.first + g * g;
    const float root = s.epsilon_in_root ? sqrtf(e.first + s.epsilon) : sqrtf(e.first) + s.epsilon;
    e.weight = e.weight - (s.learning_rate * g) / root;
  } else if constexpr (kKind == OptimizerKind::rowwise_adagrad) {
    e.weight = e.weight - row_step * g;
  } else if constexpr (kKind == OptimizerKind::adam) {
    e.first = s.beta_1 * e.first + s.rest_1 * g;
    e.second = s.beta_2 * e.second + (s.rest_2 * g) * g;
    const float weight = s.decays ? e.weight * s.decay : e.weight;
    e.weight = weight - (s.alpha * e.first) / (sqrtf(e.second) + s.epsilon);
  } else {
    const float accumulator = e.first + g * g;
    const float root = sqrtf(accumulator);
    const float linear = e.second + (g - ((root - sqrtf(e.first)) / s.learning_rate) * e.weight);
    const float clipped = linear < -s.l1 ? -s.l1 : linear > s.l1 ? s.l1 : linear;
    e.first = accumulator;
    e.second = linear;
    e.weight = (clipped - linear) / (root / s.learning_rate + s.l2);
  }
  return e;
}

/// Whether a step stores the state that `updated` returned.
[[nodiscard]] SEQFEAT_HD constexpr bool stores_state(OptimizerKind kind,
                                                     const UpdateScalars& s) noexcept {
  return s.writes || kind != OptimizerKind::ftrl;
}

}  // namespace seqfeat
