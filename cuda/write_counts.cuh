// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/slots.cuh"
#include "cuda/tile.cuh"
#include "cuda/vectors.cuh"
#include "seqfeat/count.hpp"

// Indicators: how often each bucket stands in a slot.

namespace seqfeat::cuda {

/// Steps of up to this many values are counted in registers, and each cell is written once.
inline constexpr int kFewIds = 8;

/// Adds to the cells of buckets [d, d + N) what `n` ids count for.
template <int N>
__device__ __forceinline__ void count_few(const std::int64_t (&id)[kFewIds], int n, std::int64_t d,
                                          Floats<N>& cells) {
  for (int j = 0; j < kFewIds; ++j) {
    if (j >= n) break;
    // Unsigned, since an id may be any number.
    const std::uint64_t at = static_cast<std::uint64_t>(id[j]) - static_cast<std::uint64_t>(d);
    for (unsigned k = 0; k < N; ++k) cells.v[k] = cells.v[k] + (at == k ? 1.0F : 0.0F);
  }
}

/// Ids [from, from + kFewIds) of the `n` ids of a segment, and how many they are.
__device__ __forceinline__ int load_few(const std::int64_t* ids, std::int64_t first,
                                        std::int64_t from, std::int64_t n,
                                        std::int64_t (&id)[kFewIds]) {
  const int here = n - from < kFewIds ? static_cast<int>(n - from) : kFewIds;
  for (int j = 0; j < kFewIds; ++j) id[j] = j < here ? ids[first + from + j] : -1;
  return here;
}

/// Writes every cell of the slots: the counts of their ids; zeros for more than eight of them where
/// the output can be counted in. A half cannot: there each cell looks at all ids.
///
/// A power of two of neighbouring lanes shares a slot.
template <int N>
__device__ void write_few_counts(const SegmentTable& segments, unsigned count,
                                 const std::int64_t* ids, std::int64_t width, const Output& out) {
  unsigned shift = 0;
  while ((1u << shift) < kThreads && (std::int64_t{N} << shift) < width) ++shift;
  const unsigned lanes = 1u << shift;
  for (unsigned s = threadIdx.x >> shift; s < count; s += kThreads >> shift) {
    unsigned char* const place = out.data + out.slot_bytes * s;
    const std::int64_t n = segments.count[s];
    const std::int64_t counted = n <= kFewIds || out.type != FloatType::float32 ? n : 0;
    std::int64_t id[kFewIds];
    const int few = load_few(ids, segments.first[s], 0, counted, id);
    const std::int64_t step = std::int64_t{N} << shift;
    for (std::int64_t d = std::int64_t{threadIdx.x & (lanes - 1)} * N; d < width; d += step) {
      Floats<N> cells{};
      count_few<N>(id, few, d, cells);
      for (std::int64_t from = kFewIds; from < counted; from += kFewIds) {
        std::int64_t more[kFewIds];
        count_few<N>(more, load_few(ids, segments.first[s], from, counted, more), d, cells);
      }
      store_floats(place + (d << log_size_of(out.type)), cells, out.type, out.streaming);
    }
  }
}

/// Adds up the slots with more ids, a warp a slot: of equal ids among 32 one lane adds for all.
__device__ inline void add_many_counts(const SegmentTable& segments, unsigned count,
                                       const std::int64_t* ids, std::int64_t width,
                                       const Output& out) {
  constexpr unsigned kWarp = 0xffffffff;
  const unsigned lane = threadIdx.x % 32;
  for (unsigned s = threadIdx.x / 32; s < count; s += kWarps) {
    if (segments.count[s] <= kFewIds) continue;
    auto* const cells = reinterpret_cast<float*>(out.data + out.slot_bytes * s);
    for (std::int64_t i = 0; i < segments.count[s]; i += 32) {
      const bool here = i + lane < segments.count[s];
      const std::int64_t id = here ? ids[segments.first[s] + i + lane] : -1;
      const unsigned same = __match_any_sync(kWarp, static_cast<unsigned long long>(id));
      if (is_counted(id, width) &&
          lane + 1 == static_cast<unsigned>(__ffs(static_cast<int>(same)))) {
        cells[id] = add_count(cells[id], __popc(same));
      }
      __syncwarp();
    }
  }
}

/// Fills the slots of a block with counts; all threads take part.
__device__ inline void write_counts(const SegmentTable& segments, unsigned count,
                                    const std::int64_t* ids, std::int64_t width, const Output& out,
                                    bool multiple) {
  const std::uint64_t elements =
      ((reinterpret_cast<std::uintptr_t>(out.data) | static_cast<std::uint64_t>(out.slot_bytes)) >>
       log_size_of(out.type)) |
      static_cast<std::uint64_t>(width);
  if ((elements & 3) == 0) {
    write_few_counts<4>(segments, count, ids, width, out);
  } else {
    write_few_counts<1>(segments, count, ids, width, out);
  }
  if (!multiple || out.type != FloatType::float32) return;
  __syncthreads();  // the zeros are written before anything is added
  add_many_counts(segments, count, ids, width, out);
}

}  // namespace seqfeat::cuda
