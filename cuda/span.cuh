// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/slots.cuh"
#include "cuda/vectors.cuh"
#include "cuda/walk.cuh"

// The span of a slot: the slices of a group's columns, side by side. It is cut into equal units of
// bytes, as wide as all addresses and sizes allow; a thread writes a unit of a slot, and where
// units are narrower than 16 bytes and the spans of all slots touch, several of them with one
// store.

namespace seqfeat::cuda {

/// Where a block writes.
struct Output {
  unsigned char* data;  ///< The span of its first slot.
  FloatType type;
  std::int64_t slot_bytes;  ///< From one slot to the next.
  bool streaming;
};

/// For each unit of a span of several columns: the column, and above kColumnBits which of its
/// units.
using UnitMap = std::uint16_t[detail::kGroupColumns * detail::kNarrowSlice];
inline constexpr unsigned kColumnBits = 8;

/// How one or all columns of a group are cut.
struct Span {
  unsigned entries;   ///< Of a slot in the slot table.
  unsigned column;    ///< The first column of the span.
  unsigned columns;   ///< How many they are; more than one have a map.
  unsigned unit;      ///< Bytes of a table's row in a unit: 2, 4, 8 or 16,
  unsigned elements;  ///< and how many elements that is.
  unsigned units;     ///< Of a slot.
  unsigned out_unit;  ///< Bytes of a unit in the output.
  FloatType stored;   ///< The tables' type.
  bool flat;          ///< The spans of slots touch, and the first begins at a multiple of 16 bytes.

  /// The entry of a unit, and the byte in its row at which it begins.
  struct Source {
    unsigned entry;
    std::uint64_t byte;
  };
  __device__ __forceinline__ Source source(const Unit& at, const UnitMap& map) const {
    if (columns == 1) return {at.slot * entries + column, std::uint64_t{at.at} * unit};
    const unsigned where = map[at.at];
    return {at.slot * entries + (where & ((1U << kColumnBits) - 1)),
            std::uint64_t{where >> kColumnBits} * unit};
  }
};

/// The most elements of a unit: of rows that are copied, and of rows that are added.
inline constexpr unsigned kCopied = 8;
inline constexpr unsigned kAdded = 4;

/// True, for the whole warp, if the tables of all columns have one type.
template <class TableOf>
__device__ bool one_type(unsigned columns, const TableOf& table_of) {
  const unsigned lane = threadIdx.x % 32;
  const unsigned type = lane < columns ? 1U << static_cast<unsigned>(table_of(lane).type) : 0;
  const unsigned types = __reduce_or_sync(0xffffffff, type);
  return (types & (types - 1)) == 0;
}

/// Cuts columns [column, column + columns) of one type, of a group that has `entries` of them and
/// which begin at `out.data`, into units of `most` elements and 16 bytes at most. To be called by
/// whole warps.
template <Types kTypes, class TableOf>
__device__ __forceinline__ Span cut_span(unsigned entries, unsigned column, unsigned columns,
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
  unsigned log_unit = static_cast<unsigned>(__ffs(static_cast<int>(any))) - 1;
  if (kTypes == Types::any && most == kAdded && log_unit == log_size + 1) --log_unit;
  const unsigned units = __reduce_add_sync(0xffffffff, elements) >> (log_unit - log_size);
  const unsigned out_unit = 1U << (log_unit - log_size + log_out);
  const bool flat = stored == out.type && (address & 15) == 0 &&
                    std::uint64_t{units} * out_unit == static_cast<std::uint64_t>(out.slot_bytes);
  return {entries,  column, columns, 1U << log_unit, 1U << (log_unit - log_size), units,
          out_unit, stored, flat};
}

/// Fills the map of a span of several columns; the block's threads take part, and then a barrier.
template <class TableOf>
__device__ void map_units(const Span& span, const TableOf& table_of, UnitMap& map) {
  const unsigned c = threadIdx.x;
  if (c >= span.columns) return;
  const unsigned shift = static_cast<unsigned>(__ffs(static_cast<int>(span.elements))) - 1;
  unsigned at = 0;
  for (unsigned before = 0; before < c; ++before) {
    at += static_cast<unsigned>(table_of(before).dim) >> shift;
  }
  const unsigned units = static_cast<unsigned>(table_of(c).dim) >> shift;
  for (unsigned u = 0; u < units; ++u) {
    map[at + u] = static_cast<std::uint16_t>(c | (u << kColumnBits));
  }
}

/// Calls `body.template operator()<N>()` with the elements of a unit of kAdded at most: 4, 2 or 1.
/// Where types are told apart at run time there are no units of 2, whose code would want more
/// registers.
template <Types kTypes, class Body>
__device__ __forceinline__ void with_elements(const Span& span, const Body& body) {
  if (span.elements == 4) return body.template operator()<4>();
  if constexpr (kTypes == Types::floats) {
    if (span.elements == 2) return body.template operator()<2>();
  }
  body.template operator()<1>();
}

}  // namespace seqfeat::cuda
