// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/slots.cuh"
#include "cuda/tokens.cuh"

// A block hashes the values from which it fills its slots, just before it does. So hashing and
// gathering take one kernel. The ids go through the layer's memory as they otherwise do, so that a
// block may have any number of them; they are still in the cache when they are read.

namespace seqfeat::cuda {

/// In shared memory: the values [begin, end) of each column that stand in a block's slots, gaps
/// included. A batch that is hashed so has fewer than 2^32 values.
struct Windows {
  unsigned begin[detail::kGroupColumns];
  unsigned end[detail::kGroupColumns];
};

/// Hashes the values of all windows: the warps take turns with pieces of 32. What a warp is at
/// stands in shared memory, since long strings are short of registers.
__device__ inline void hash_windows(const SlotArgs& args, const detail::ColumnGroup& group,
                                    const Windows& windows, std::int64_t* ids) {
  SEQFEAT_SHARED(Stages, stages);
  SEQFEAT_SHARED(RunRoom[kWarps], rooms);
  const unsigned warp = threadIdx.x / 32;
  unsigned turn = 0;
  for (std::int32_t c = 0; c < group.count; ++c) {
    for (unsigned begin = windows.begin[c]; begin < windows.end[c]; begin += 32, ++turn) {
      if (turn % kWarps != warp) continue;
      const std::int32_t number = group.first + c;
      const detail::ColumnData& column = args.columns[number];
      const unsigned rest = windows.end[c] - begin;
      hash_column(column, detail::features_of(args.header)[column.feature].view, begin,
                  rest < 32 ? rest : 32, ids + detail::first_ids_of(args.header)[number] + begin,
                  stages[warp], rooms[warp]);
    }
  }
}

/// Hashes the values of all segments of a block; all threads take part. Ends with a barrier.
__device__ __forceinline__ void hash_block(const SlotArgs& args, const detail::ColumnGroup& group,
                                           const SegmentTable& segments, std::int64_t* ids) {
  SEQFEAT_SHARED(Windows, windows);
  const auto columns = static_cast<unsigned>(group.count);
  if (threadIdx.x < columns) {
    windows.begin[threadIdx.x] = ~0U;
    windows.end[threadIdx.x] = 0;
  }
  __syncthreads();
  if (segments.count[threadIdx.x] > 0) {
    const unsigned c = segment_of_thread(columns).column;
    const std::int64_t begin =
        segments.first[threadIdx.x] -
        detail::first_ids_of(args.header)[group.first + static_cast<std::int32_t>(c)];
    atomicMin(&windows.begin[c], static_cast<unsigned>(begin));
    atomicMax(&windows.end[c], static_cast<unsigned>(begin + segments.count[threadIdx.x]));
  }
  __syncthreads();
  hash_windows(args, group, windows, ids);
  __syncthreads();
}

}  // namespace seqfeat::cuda
