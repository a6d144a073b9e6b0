// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/launch.cuh"
#include "cuda/port.cuh"
#include "cuda/training.hpp"

// Runs of equal keys among sorted contributions. Nobody lists them: a block finds those that begin
// in its positions.

namespace seqfeat::cuda {

/// In shared memory: the runs of a block.
struct RunList {
  std::int64_t keys[kPositions];
  std::uint32_t starts[kPositions + 1];  ///< The last is where the last run ends.
  unsigned of_warp[kWarps];
};

static_assert(kPositions == kThreads, "a thread a position");

/// The key at sorted position `p`; behind the capacity, that of no row.
[[nodiscard]] SEQFEAT_HD inline std::int64_t key_at(const TrainingMemory& memory,
                                                    const detail::TrainingShape& shape,
                                                    std::int64_t p) noexcept {
  return p < shape.values ? memory.sorted_keys[p] : shape.keys;
}

/// The first sorted position whose key is not below `key`, up to `end`.
[[nodiscard]] SEQFEAT_HD inline std::int64_t first_position(const TrainingMemory& memory,
                                                            std::int64_t end,
                                                            std::int64_t key) noexcept {
  return detail::first_that_fails(std::int64_t{0}, end,
                                  [&](std::int64_t p) { return memory.sorted_keys[p] < key; });
}

/// Where the run of `key` ends, of which `p` is a position: in strides that double, and then
/// halve, for most runs are short.
[[nodiscard]] SEQFEAT_HD inline std::int64_t end_of_run(const TrainingMemory& memory,
                                                        const detail::TrainingShape& shape,
                                                        std::int64_t p, std::int64_t key) noexcept {
  std::int64_t stride = 1;
  while (key_at(memory, shape, p + stride) == key) {
    p += stride;
    stride *= 2;
  }
  return detail::first_that_fails(p + 1, p + stride,
                                  [&](std::int64_t i) { return key_at(memory, shape, i) == key; });
}

/// The first run of a block, behind run `first`, whose key is `key` or more, of `count` runs.
[[nodiscard]] SEQFEAT_HD inline unsigned first_run(const RunList& runs, unsigned first,
                                                   unsigned count, std::int64_t key) noexcept {
  return 1 + detail::last_that_holds(first, count - 1,
                                     [&](unsigned run) { return runs.keys[run] < key; });
}

/// Whether a run begins at position `p`, whose key is `key`.
__device__ __forceinline__ bool begins_run(const TrainingMemory& memory,
                                           const detail::TrainingShape& shape, std::int64_t p,
                                           std::int64_t key) {
  return key < shape.keys && (p == 0 || memory.sorted_keys[p - 1] != key);
}

/// Lists the runs that begin in the positions of this block; all its threads take part.
///
/// Returns  How many there are.
__device__ inline unsigned list_runs(const TrainingMemory& memory,
                                     const detail::TrainingShape& shape, RunList& runs) {
  const std::int64_t p = std::int64_t{blockIdx.x} * kPositions + threadIdx.x;
  const std::int64_t key = key_at(memory, shape, p);
  const bool begins = begins_run(memory, shape, p, key);
  const unsigned warp = threadIdx.x / 32;
  const unsigned here = __ballot_sync(0xffffffff, begins);
  if (threadIdx.x % 32 == 0) runs.of_warp[warp] = static_cast<unsigned>(__popc(here));
  __syncthreads();
  unsigned run = static_cast<unsigned>(__popc(here & ((1U << (threadIdx.x % 32)) - 1)));
  unsigned count = 0;
#pragma unroll
  for (unsigned w = 0; w < kWarps; ++w) {
    if (w < warp) run += runs.of_warp[w];
    count += runs.of_warp[w];
  }
  if (begins) {
    runs.keys[run] = key;
    runs.starts[run] = static_cast<std::uint32_t>(p);
    if (run + 1 == count) {
      runs.starts[count] = static_cast<std::uint32_t>(end_of_run(memory, shape, p, key));
    }
  }
  __syncthreads();
  return count;
}

/// True if a run is so long that its parts were summed before.
__device__ __forceinline__ bool is_long(const RunList& runs, unsigned run) {
  return runs.starts[run + 1] - runs.starts[run] > kPart;
}

}  // namespace seqfeat::cuda
