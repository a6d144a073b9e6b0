// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/slots.cuh"
#include "cuda/tile.cuh"
#include "cuda/vectors.cuh"
#include "seqfeat/numeric.hpp"

// Numeric columns: the numbers of a slot's step, and what stands where there are none.

namespace seqfeat::cuda {

/// Fills the slots of a block with numbers; all threads take part. A segment's values are those of
/// `view`, counted from `origin`. A power of two of neighbouring lanes shares a slot.
__device__ inline void write_numbers(const SegmentTable& segments, unsigned count,
                                     const RaggedView& view, const detail::ColumnData& column,
                                     std::int64_t origin, const Output& out) {
  unsigned shift = 0;
  while ((1u << shift) < kThreads && (std::int64_t{1} << shift) < column.width) ++shift;
  const unsigned lanes = 1u << shift;
  for (unsigned s = threadIdx.x >> shift; s < count; s += kThreads >> shift) {
    unsigned char* const place = out.data + out.slot_bytes * s;
    const StepRange values{segments.first[s] - origin, segments.count[s]};
    for (std::int64_t d = threadIdx.x & (lanes - 1); d < column.width; d += lanes) {
      const Floats<1> cell{{number_of_step(view, values, d, column.fill)}};
      store_floats(place + (d << log_size_of(out.type)), cell, out.type, out.streaming);
    }
  }
}

}  // namespace seqfeat::cuda
