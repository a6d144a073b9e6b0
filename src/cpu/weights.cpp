// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/ops.hpp"
#include "seqfeat/pad.hpp"

// The weights of values, closed up like the ids that they stand beside.

namespace seqfeat::cpu {
namespace {

/// What the sum over a step of `n` values is divided by.
float divisor_of_step(Combiner combiner, const ValueWeight* weights, std::int64_t n) noexcept {
  const auto weight = [&](std::int64_t i) {
    return weight_in_divisor(combiner, weights[i].weight);
  };
  return weighted_divisor(combiner, combine(Combiner::sum, n, weight));
}

}  // namespace

void close_up_weighted(Combiner combiner, const RaggedView& view, const RaggedView& weights,
                       std::int64_t begin, std::int64_t end, std::int64_t* ids, ValueWeight* out) {
  for (std::int64_t step = begin; step < end; ++step) {
    const StepRange values = values_of_step(view, step);
    const std::int64_t last = values.begin + values.count;
    ValueWeight* const first = out + values.begin;
    std::int64_t n = 0;
    for (std::int64_t i = values.begin; i < last; ++i) {
      const float weight = float_at(weights.data, weights.dtype, i);
      if (ids[i] < 0 || leaves_out(combiner, weight)) {
        const std::int64_t place = i - values.begin;
        detail::note_left_out(first[values.count - 1 - (place - n)], place);
        continue;
      }
      ids[values.begin + n] = ids[i];
      first[n++].weight = weight;
    }
    const float divisor = n > 0 ? divisor_of_step(combiner, first, n) : 1.0F;
    if (leaves_out_step(divisor)) n = 0;
    for (std::int64_t i = 0; i < n; ++i) first[i].divisor = divisor;
    std::fill(ids + values.begin + n, ids + last, -1);
  }
}

}  // namespace seqfeat::cpu
