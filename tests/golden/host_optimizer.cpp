// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/host_optimizer.hpp"

#include <bit>

#include "seqfeat/fingerprint.hpp"
#include "seqfeat/gradient.hpp"
#include "seqfeat/stochastic_rounding.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/training_case.hpp"

namespace seqfeat::golden {

HostOptimizer::HostOptimizer(const Optimizer& optimizer, std::string name, Tensor table,
                             std::map<std::string, Tensor> state)
    : optimizer_(optimizer),
      name_(std::move(name)),
      table_(std::move(table)),
      state_(std::move(state)) {}

void HostOptimizer::store(const UpdateScalars& scalars, std::int64_t row, std::int64_t d,
                          float weight) {
  const auto at = static_cast<std::size_t>(row * table_.shape[1] + d);
  if (table_.type == FloatType::float32) {
    table_.floats[at] = weight;
    return;
  }
  const bool half = table_.type == FloatType::float16;
  std::uint16_t& stored = table_.halves[at];
  if (const auto seed = optimizer_.stochastic_rounding()) {
    const PhiloxKey key = philox_key(*seed, fingerprint64(name_));
    const std::uint32_t random =
        rounding_words(key, row, d / 4, scalars.step)[static_cast<int>(d % 4)];
    const auto bits = std::bit_cast<std::uint32_t>(weight);
    stored = half ? stochastic_float16(bits, random) : stochastic_bfloat16(bits, random);
  } else {
    stored = half ? float16_from_float(weight) : bfloat16_from_float(weight);
  }
  table_.floats[at] = half ? float_from_float16(stored) : float_from_bfloat16(stored);
}

template <OptimizerKind kKind>
void HostOptimizer::step_row(const UpdateScalars& s, std::int64_t row, const float* gradient) {
  const std::int64_t dim = table_.shape[1];
  const std::vector<StateSlot> slots = optimizer_.slots();
  float nothing = 0.0F;
  const auto slot = [&](std::size_t i, std::int64_t at) -> float& {
    if (i >= slots.size() || slots[i].per_row) return nothing;
    return state_.at(std::string(slots[i].name)).floats[static_cast<std::size_t>(at)];
  };
  float row_step = 0.0F;
  if (kKind == OptimizerKind::rowwise_adagrad) {
    const float squares =
        sum_of_products(dim, [&](std::int64_t d) { return gradient[d] * gradient[d]; });
    row_step = advance_row(s, squares, dim,
                           state_.at("accumulator").floats[static_cast<std::size_t>(row)]);
  }
  for (std::int64_t d = 0; d < dim; ++d) {
    const std::int64_t at = row * dim + d;
    const UpdatedElement e =
        updated<kKind>(s, row_step, gradient[d],
                       {table_.floats[static_cast<std::size_t>(at)], slot(0, at), slot(1, at)});
    if (stores_state(kKind, s)) {
      slot(0, at) = e.first;
      slot(1, at) = e.second;
    }
    if (s.writes) store(s, row, d, e.weight);
  }
}

void HostOptimizer::step(const SparseGradient::OnHost& gradient, double learning_rate,
                         std::int64_t step) {
  const UpdateScalars scalars = optimizer_.scalars(learning_rate, step);
  const std::int64_t dim = table_.shape[1];
  for (std::size_t i = 0; i < gradient.ids.size(); ++i) {
    const std::int64_t row = gradient.ids[i];
    const float* g = gradient.rows.data() + static_cast<std::int64_t>(i) * dim;
    switch (optimizer_.kind()) {
      case OptimizerKind::sgd:
        step_row<OptimizerKind::sgd>(scalars, row, g);
        break;
      case OptimizerKind::adagrad:
        step_row<OptimizerKind::adagrad>(scalars, row, g);
        break;
      case OptimizerKind::rowwise_adagrad:
        step_row<OptimizerKind::rowwise_adagrad>(scalars, row, g);
        break;
      case OptimizerKind::adam:
        step_row<OptimizerKind::adam>(scalars, row, g);
        break;
      case OptimizerKind::ftrl:
        step_row<OptimizerKind::ftrl>(scalars, row, g);
        break;
    }
  }
}

void HostOptimizer::same(const Json& expected, const Json& tensors) const {
  same_tensor("two steps: " + name_, table_, tensor_from(member(expected, "table"), tensors));
  for (const auto& [slot, json] : member(expected, "state").items()) {
    same_tensor("two steps: " + name_ + '/' + slot, state_.at(slot), tensor_from(json, tensors));
  }
}

}  // namespace seqfeat::golden
