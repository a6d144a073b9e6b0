// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/slots.cuh"
#include "cuda/vectors.cuh"

// A tile is what a block writes: the block's slots, and in each of them the slices of columns that
// stand side by side. It is cut into vectors, which are as wide as all addresses and sizes allow.
// Threads take vectors in turn, and a vector of the output comes from the same vector of a row.
//
//    slot 0                    slot 1                         count - 1
//   +----------+-----+------+ +----------+-----+------+      +----------
//   | segment 0|  1  |  2   | | segment 3|  4  |  5   | ...  |           a segment a column: the
//   +----------+-----+------+ +----------+-----+------+      +---------- values of a step
//   |v0  v1  v2|v3 v4|v5  v6| |v0  v1  v2|v3 v4|v5  v6|                  vectors of 2 to 16 bytes
//    ^thread 0, 1, 2, ...      ^thread 7, 8, ...
//
// A tile is flat if the slots touch in the output. Then vectors narrower than 16 bytes are stored
// together, 16 bytes at once.

namespace seqfeat::cuda {

/// Where a block writes.
struct Output {
  unsigned char* data;  ///< The tile's first slot.
  FloatType type;
  std::int64_t slot_bytes;  ///< From one slot to the next.
  bool streaming;
};

/// A vector of a tile.
struct Vector {
  unsigned slot;
  unsigned index;  ///< Among the slot's vectors.

  /// The vector behind it.
  __device__ __forceinline__ void next(unsigned vectors) {
    if (++index < vectors) return;
    index = 0;
    ++slot;
  }
};

/// The vectors that one thread takes: `together` of them side by side, then those a block further.
class VectorCursor {
 public:
  __device__ VectorCursor(unsigned vectors, unsigned together)
      : vectors_(vectors), slot_step_(small_quotient(kThreads * together, vectors)) {
    const unsigned first = threadIdx.x * together;
    at.slot = small_quotient(first, vectors);
    at.index = first - at.slot * vectors;
    index_step_ = kThreads * together - slot_step_ * vectors;
  }
  __device__ __forceinline__ void next() {
    at.slot += slot_step_;
    at.index += index_step_;
    if (at.index >= vectors_) {
      at.index -= vectors_;
      ++at.slot;
    }
  }

  Vector at;

 private:
  unsigned vectors_;
  unsigned slot_step_;
  unsigned index_step_;
};

/// For each vector of a slot in a tile of several columns: the column, and above kColumnBits its
/// place among the column's vectors.
using VectorMap = std::uint16_t[detail::kGroupColumns * detail::kNarrowSlice];
inline constexpr unsigned kColumnBits = 8;

/// How the slices of columns of one type are cut.
struct Tile {
  unsigned segments;   ///< Of a slot in the segment table.
  unsigned column;     ///< The first column of the tile.
  unsigned columns;    ///< More than one have a map.
  unsigned bytes;      ///< Of a vector in a table's row: 2, 4, 8 or 16,
  unsigned elements;   ///< and how many elements that is.
  unsigned vectors;    ///< Of a slot.
  unsigned out_bytes;  ///< Of a vector in the output.
  FloatType stored;    ///< The tables' type.
  bool flat;           ///< Slots touch, and the first begins at a multiple of 16 bytes.

  /// The segment of a vector, and the byte of the row at which the vector begins.
  struct Source {
    unsigned segment;
    std::uint64_t byte;
  };
  __device__ __forceinline__ Source source(const Vector& at, const VectorMap& map) const {
    if (columns == 1) return {at.slot * segments + column, std::uint64_t{at.index} * bytes};
    const unsigned where = map[at.index];
    return {at.slot * segments + (where & ((1U << kColumnBits) - 1)),
            std::uint64_t{where >> kColumnBits} * bytes};
  }
  /// Where a vector is written.
  __device__ __forceinline__ unsigned char* place(const Vector& at, const Output& out) const {
    return out.data + static_cast<std::uint64_t>(out.slot_bytes) * at.slot +
           std::uint64_t{at.index} * out_bytes;
  }
};

/// The most elements of a vector: of rows that are copied, and of rows that are added.
inline constexpr unsigned kCopied = 8;
inline constexpr unsigned kAdded = 4;

/// Cuts columns [column, column + columns) of one type into vectors of `most` elements and 16 bytes
/// at most. A slot has `segments` of them in the segment table, and the first column's slice begins
/// at `out.data`. To be called by whole warps.
template <class TableOf>
__device__ __forceinline__ Tile cut_tile(unsigned segments, unsigned column, unsigned columns,
                                         const TableOf& table_of, const Output& out,
                                         unsigned most) {
  const unsigned lane = threadIdx.x % 32;
  const FloatType stored = table_of(column).type;
  const unsigned log_size = log_size_of(stored);
  const unsigned log_out = log_size_of(out.type);
  // What counts is the alignment of the output's elements, had they the size of the table's.
  const auto address = reinterpret_cast<std::uintptr_t>(out.data);
  std::uint64_t bits = ((address | static_cast<std::uint64_t>(out.slot_bytes)) >> log_out)
                       << log_size;
  unsigned elements = 0;
  if (lane < columns) {
    const detail::TableRule& table = table_of(column + lane);
    bits |= reinterpret_cast<std::uintptr_t>(table.data) |
            (static_cast<std::uint64_t>(table.pitch | table.dim) << log_size);
    elements = static_cast<unsigned>(table.dim);
  }
  const unsigned widest = most << log_size < 16 ? most << log_size : 16;
  const unsigned any = __reduce_or_sync(0xffffffff, static_cast<unsigned>(bits & 15)) | widest;
  const unsigned log_bytes = static_cast<unsigned>(__ffs(static_cast<int>(any))) - 1;
  const unsigned vectors = __reduce_add_sync(0xffffffff, elements) >> (log_bytes - log_size);
  const unsigned out_bytes = 1U << (log_bytes - log_size + log_out);
  const bool flat =
      stored == out.type && (address & 15) == 0 &&
      std::uint64_t{vectors} * out_bytes == static_cast<std::uint64_t>(out.slot_bytes);
  return {segments,  column, columns, 1U << log_bytes, 1U << (log_bytes - log_size), vectors,
          out_bytes, stored, flat};
}

/// Fills the map of a tile of several columns; the block's threads take part, and then a barrier.
template <class TableOf>
__device__ void map_vectors(const Tile& tile, const TableOf& table_of, VectorMap& map) {
  const unsigned c = threadIdx.x;
  if (c >= tile.columns) return;
  const unsigned shift = static_cast<unsigned>(__ffs(static_cast<int>(tile.elements))) - 1;
  unsigned at = 0;
  for (unsigned before = 0; before < c; ++before) {
    at += static_cast<unsigned>(table_of(before).dim) >> shift;
  }
  const unsigned vectors = static_cast<unsigned>(table_of(c).dim) >> shift;
  for (unsigned v = 0; v < vectors; ++v) {
    map[at + v] = static_cast<std::uint16_t>(c | (v << kColumnBits));
  }
}

/// Calls `body.template operator()<kType, N>()` with the tables' type and the elements of a vector
/// of at most `kMost`. So types are told apart once a tile, and loops are compiled for each.
template <unsigned kMost, class Body>
__device__ __forceinline__ void with_vectors(const Tile& tile, const Body& body) {
  const auto of_type = [&]<FloatType kType>() {
    if constexpr (kMost >= 4) {
      if (tile.elements == 4) return body.template operator()<kType, 4>();
    }
    if (tile.elements == 2) return body.template operator()<kType, 2>();
    body.template operator()<kType, 1>();
  };
  if (tile.stored == FloatType::float32) return of_type.template operator()<FloatType::float32>();
  if (tile.stored == FloatType::float16) return of_type.template operator()<FloatType::float16>();
  of_type.template operator()<FloatType::bfloat16>();
}

}  // namespace seqfeat::cuda
