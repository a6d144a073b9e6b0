// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/port.cuh"
#include "seqfeat/combine.hpp"

// The weights of a step's values, warp-wide.

namespace seqfeat::cuda {

/// Where the weights of step `step` stand. Features that the host packed have them beside the
/// values; somebody else's offsets are followed, and lead nowhere outside.
__device__ inline StepRange weights_of_step(const RaggedView& view, const RaggedView& weights,
                                            std::int64_t step, const StepRange& values) {
  if (view.trusted && weights.trusted) return values;
  if (view.rows() <= 0 || weights.rows() < view.rows()) return {0, 0};
  const std::int64_t row = last_not_above(view.row_offsets, view.rows(), step);
  const std::int64_t begin = clamp_offset(view.row_offsets[row], step);
  const std::int64_t other =
      clamp_offset(weights.row_offsets[row], weights.step_limit()) + (step - begin);
  return other < weights.step_limit() ? values_of_step(weights, other) : StepRange{0, 0};
}

/// The weights of a step as its divisor adds them up.
struct DivisorParts {
  Combiner combiner;
  const ValueWeight* weights;

  SEQFEAT_HD float operator()(std::int64_t i) const {
    return weight_in_divisor(combiner, weights[i].weight);
  }
};

/// The sum of `n` >= 1 weights, or of their squares, in the order of `combine`: a lane makes a sum
/// of eight, and all add these up.
__device__ inline float sum_of_weights(Combiner combiner, const ValueWeight* weights,
                                       std::int64_t n) {
  const DivisorParts weight{combiner, weights};
  if (n == 1) return weight(0);
  const unsigned lane = threadIdx.x % 32;
  const std::int64_t leading = leading_rows(n);
  float total = sum_of_leading(static_cast<int>(leading), weight);
  for (std::int64_t i = leading; i < n; i += 256) {
    const std::int64_t mine = i + std::int64_t{8} * lane;
    const float block = mine < n ? sum_of_eight(mine, weight) : 0.0F;
    const std::int64_t blocks = (n - i) >> 3;
    for (int b = 0; b < 32 && b < blocks; ++b) {
      total = total + __shfl_sync(0xffffffff, block, b);
    }
  }
  return total;
}

/// Closes up the `count` ids of a step and puts their weights, `of_step` of `from`, beside them.
/// What has no weight, in features that lie, has the weight 0.
__device__ inline void close_up_weighted(Combiner combiner, const RaggedView& from,
                                         const StepRange& of_step, std::int64_t count,
                                         std::int64_t* ids, ValueWeight* weights) {
  const unsigned lane = threadIdx.x % 32;
  std::int64_t n = 0;
  for (std::int64_t i = lane; i - lane < count; i += 32) {
    const std::int64_t id = i < count ? ids[i] : -1;
    const bool there = i < count && i < of_step.count;
    const float weight = there ? float_at(from.data, from.dtype, of_step.begin + i) : 0.0F;
    const bool stays = id >= 0 && !leaves_out(combiner, weight);
    const unsigned stay = __ballot_sync(0xffffffff, stays);
    __syncwarp();  // a vote orders no memory: all have read before anyone writes
    const std::int64_t to = n + __popc(stay & ((1U << lane) - 1));
    if (stays) {
      ids[to] = id;
      weights[to].weight = weight;
    } else if (i < count) {
      detail::note_left_out(weights[count - 1 - (i - to)], i);
    }
    n += __popc(stay);
  }
  __syncwarp();  // other lanes wrote weights
  const float divisor =
      n > 0 ? weighted_divisor(combiner, sum_of_weights(combiner, weights, n)) : 1.0F;
  if (leaves_out_step(divisor)) n = 0;
  for (std::int64_t i = lane; i < n; i += 32) weights[i].divisor = divisor;
  for (std::int64_t i = n + lane; i < count; i += 32) ids[i] = -1;
}

}  // namespace seqfeat::cuda
