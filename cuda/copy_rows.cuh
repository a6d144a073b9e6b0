// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/tile.cuh"

// Segments of at most one value whose table has the output's type: rows are bytes and are copied,
// whatever they mean. combine_rows.cuh has all other segments.

namespace seqfeat::cuda {

/// Vectors of a row that a thread has under way at once.
inline constexpr int kInFlight = 8;

/// A vector of a row; zeros of a segment without one.
template <int kBytes>
__device__ __forceinline__ Raw<kBytes> load_vector(const SegmentTable& segments, const Tile& tile,
                                                   const VectorMap& map, const Vector& at) {
  const Tile::Source from = tile.source(at, map);
  const unsigned char* const row = segments.row[from.segment];
  return row != nullptr ? load_raw<kBytes>(row + from.byte) : Raw<kBytes>{};
}

/// Stores vectors side by side that have 16 bytes together: with one store, unless only `rest`
/// bytes are left.
template <int kBytes>
__device__ __forceinline__ void store_together(unsigned char* to, std::uint64_t rest,
                                               const Raw<kBytes>* vectors, bool streaming) {
  constexpr int kTogether = 16 / kBytes;
  if constexpr (kTogether == 1) {
    store_raw(to, vectors[0], streaming);
  } else {
    Raw<16> all;
#pragma unroll
    for (int m = 0; m < kTogether; ++m) {
      for (int w = 0; w < kBytes / 4; ++w) all.words[m * (kBytes / 4) + w] = vectors[m].words[w];
    }
    if (rest >= 16) return store_raw(to, all, streaming);
#pragma unroll
    for (int m = 0; m < kTogether; ++m) {
      if (static_cast<unsigned>(m * kBytes) < rest) {
        store_raw(to + m * kBytes, vectors[m], streaming);
      }
    }
  }
}

/// Loads `kTogether` vectors side by side from `at` on; zeros behind the last slot.
template <int kBytes, int kTogether>
__device__ __forceinline__ void load_together(const SegmentTable& segments, unsigned count,
                                              const Tile& tile, const VectorMap& map, Vector at,
                                              Raw<kBytes>* vectors) {
#pragma unroll
  for (int m = 0; m < kTogether; ++m, at.next(tile.vectors)) {
    vectors[m] = at.slot < count ? load_vector<kBytes>(segments, tile, map, at) : Raw<kBytes>{};
  }
}

/// Copies vector by vector: eight loads are on their way before the first vector is stored.
template <int kBytes>
__device__ __forceinline__ void copy_vectors(const SegmentTable& segments, unsigned count,
                                             const Tile& tile, const VectorMap& map,
                                             const Output& out) {
  VectorCursor from(tile.vectors, 1);
  for (VectorCursor to = from; to.at.slot < count;) {
    Raw<kBytes> vectors[kInFlight];
#pragma unroll
    for (int i = 0; i < kInFlight; ++i, from.next()) {
      load_together<kBytes, 1>(segments, count, tile, map, from.at, vectors + i);
    }
#pragma unroll
    for (int i = 0; i < kInFlight; ++i, to.next()) {
      if (i > 0 && to.at.slot >= count) break;
      store_raw(tile.place(to.at, out), vectors[i], out.streaming);
    }
  }
}

/// The same of a flat tile, whose output is one run of bytes: 16 of them are stored at once.
template <int kBytes>
__device__ __forceinline__ void copy_flat(const SegmentTable& segments, unsigned count,
                                          const Tile& tile, const VectorMap& map,
                                          const Output& out) {
  constexpr int kTogether = 16 / kBytes;
  const std::uint64_t bytes = static_cast<std::uint64_t>(out.slot_bytes) * count;
  VectorCursor from(tile.vectors, kTogether);
  for (std::uint64_t to = threadIdx.x * 16; to < bytes;) {
    Raw<kBytes> vectors[kInFlight];
#pragma unroll
    for (int i = 0; i < kInFlight; i += kTogether, from.next()) {
      load_together<kBytes, kTogether>(segments, count, tile, map, from.at, vectors + i);
    }
#pragma unroll
    for (int i = 0; i < kInFlight; i += kTogether, to += kThreads * 16) {
      if (i > 0 && to >= bytes) break;
      store_together(out.data + to, bytes - to, vectors + i, out.streaming);
    }
  }
}

/// Fills a tile whose table has the output's type and whose segments have at most one value.
__device__ __forceinline__ void copy_tile(const SegmentTable& segments, unsigned count,
                                          const Tile& tile, const VectorMap& map,
                                          const Output& out) {
  const auto copy = [&]<int kBytes>() {
    if (tile.flat) return copy_flat<kBytes>(segments, count, tile, map, out);
    copy_vectors<kBytes>(segments, count, tile, map, out);
  };
  if (tile.bytes == 16) return copy.template operator()<16>();
  if (tile.bytes == 8) return copy.template operator()<8>();
  if (tile.bytes == 4) return copy.template operator()<4>();
  copy_vectors<2>(segments, count, tile, map, out);  // halves at odd places
}

/// Cuts the slices of a group's columns, which have one type, and copies.
template <class TableOf>
__device__ __forceinline__ void copy_rows(const SegmentTable& segments, unsigned count,
                                          unsigned columns, VectorMap& map, const TableOf& table_of,
                                          const Output& out) {
  const Tile tile = cut_tile(columns, 0, columns, table_of, out, kCopied);
  if (columns > 1) {
    map_vectors(tile, table_of, map);
    __syncthreads();
  }
  copy_tile(segments, count, tile, map, out);
}

}  // namespace seqfeat::cuda
