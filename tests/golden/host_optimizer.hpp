// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "seqfeat/optimizer.hpp"
#include "seqfeat/training.hpp"
#include "tests/golden/decode.hpp"

namespace seqfeat::golden {

/// Somebody's own optimizer over sparse gradients: plain loops over the rules of update_rule.hpp.
class HostOptimizer {
 public:
  HostOptimizer(const Optimizer& optimizer, std::string name, Tensor table,
                std::map<std::string, Tensor> state);

  void step(const SparseGradient::OnHost& gradient, double learning_rate, std::int64_t step);

  [[nodiscard]] const Tensor& table() const noexcept { return table_; }
  /// Throws Difference unless it is what the case expects.
  void same(const Json& expected, const Json& tensors) const;

 private:
  template <OptimizerKind kKind>
  void step_row(const UpdateScalars& scalars, std::int64_t row, const float* gradient);
  void store(const UpdateScalars& scalars, std::int64_t row, std::int64_t d, float weight);

  Optimizer optimizer_;
  std::string name_;
  Tensor table_;
  std::map<std::string, Tensor> state_;
};

}  // namespace seqfeat::golden
