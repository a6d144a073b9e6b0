// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/columns.cuh"

// Where a value stands, seen from the value: what the backward pass asks.

namespace seqfeat::cuda {

/// Where a step stands in the grid of slots, or -1 if it does not. (gather.cu asks the same of long
/// steps. Shared, the function costs each warp there 25 instructions more before its first row.)
__device__ inline std::int64_t slot_of(const detail::BatchHeader& header,
                                       const detail::BatchFeature& feature, PadRule rule,
                                       std::int64_t step) {
  const RaggedView& view = feature.view;
  if (view.rows() <= 0) return -1;
  const std::int64_t row = last_not_above(view.row_offsets, view.rows(), step);
  const StepRange kept = kept_steps(feature, rule, row);
  if (!kept.contains(step)) return -1;
  const std::int64_t t = rule.slot_of_step(kept.count, step - kept.begin, header.row_slots);
  return t < 0 || t >= header.row_slots ? -1 : row * header.row_slots + t;
}

/// A step's value `i` is asked about: in which step it stands.
__device__ __forceinline__ std::int64_t step_here(const RaggedView& view, std::int64_t i) {
  return view.step_offsets.absent() && view.values_per_step == 1 ? i : step_of_value(view, i);
}

}  // namespace seqfeat::cuda
