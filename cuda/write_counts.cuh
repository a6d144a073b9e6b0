// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/floats.cuh"
#include "cuda/slots.cuh"

// Indicators: how often each bucket stands in a slot.

namespace seqfeat::cuda {

/// Steps of up to this many values are counted in registers, and each cell is written once.
inline constexpr int kFewIds = 8;

/// Writes every cell of the slots: the counts of up to eight ids, or zeros where there are more.
///
/// A power of two of neighbouring lanes shares a slot.
template <int N>
__device__ void write_few_counts(const SlotTable& slots, unsigned count, const std::int64_t* ids,
                                 std::int64_t width, float* out, bool streaming) {
  unsigned shift = 0;
  while ((1u << shift) < kThreads && (std::int64_t{N} << shift) < width) ++shift;
  const unsigned lanes = 1u << shift;
  for (unsigned s = threadIdx.x >> shift; s < count; s += kThreads >> shift) {
    const std::int64_t place = slots.place[s];
    if (place < 0) continue;
    const int n = slots.count[s] <= kFewIds ? static_cast<int>(slots.count[s]) : 0;
    std::int64_t id[kFewIds];
    for (int j = 0; j < kFewIds; ++j) id[j] = j < n ? ids[slots.first[s] + j] : -1;
    const std::int64_t step = std::int64_t{N} << shift;
    for (std::int64_t d = std::int64_t{threadIdx.x & (lanes - 1)} * N; d < width; d += step) {
      Floats<N> cells{};
      for (int j = 0; j < kFewIds; ++j) {
        if (j >= n) break;
        const std::int64_t at = id[j] - d;
        for (int k = 0; k < N; ++k) cells.v[k] = cells.v[k] + (at == k ? 1.0F : 0.0F);
      }
      store_floats(out + place + d, cells, streaming);
    }
  }
}

/// Adds up the slots with more ids, one thread a slot, in order.
__device__ inline void add_many_counts(const SlotTable& slots, unsigned count,
                                       const std::int64_t* ids, std::int64_t width, float* out) {
  const unsigned s = threadIdx.x;
  if (s >= count || slots.place[s] < 0 || slots.count[s] <= kFewIds) return;
  for (std::int64_t i = 0; i < slots.count[s]; ++i) {
    const std::int64_t id = ids[slots.first[s] + i];
    if (id < 0 || id >= width) continue;
    float& cell = out[slots.place[s] + id];
    cell = cell + 1.0F;
  }
}

/// Fills the slots of a block with counts; all threads take part.
__device__ inline void write_counts(const SlotTable& slots, unsigned count, const std::int64_t* ids,
                                    std::int64_t width, float* out, std::uint64_t bits,
                                    bool multiple, bool streaming) {
  with_widest_floats(bits | static_cast<std::uint64_t>(width) * sizeof(float),
                     [&]<int N>(const Floats<N>&) {
                       write_few_counts<N>(slots, count, ids, width, out, streaming);
                     });
  if (!multiple) return;
  __syncthreads();  // the zeros are written before anything is added
  add_many_counts(slots, count, ids, width, out);
}

}  // namespace seqfeat::cuda
