// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/sources.cuh"
#include "cuda/span.cuh"
#include "seqfeat/combine.hpp"

// Rows of tables into a block's slots.

namespace seqfeat::cuda {

/// Loads of a row that a thread has under way at once.
inline constexpr int kInFlight = 8;

/// A unit of an entry of at most one value, as it is stored in the table.
template <int kBytes>
__device__ __forceinline__ Raw<kBytes> load_unit(const SlotTable& slots, const Span& span,
                                                 const UnitMap& map, const Unit& at) {
  const Span::Source from = span.source(at, map);
  const unsigned char* const row = slots.row[from.entry];
  return row != nullptr ? load_raw<kBytes>(row + from.byte) : Raw<kBytes>{};
}

/// Where unit `at` of the output is.
__device__ __forceinline__ unsigned char* place_of(const Span& span, const Unit& at,
                                                   const Output& out) {
  return out.data + static_cast<std::uint64_t>(out.slot_bytes) * at.slot +
         std::uint64_t{at.at} * span.out_unit;
}

/// Stores units side by side, of which the whole run has 16 bytes: with one store, unless only
/// `rest` bytes are left.
template <int kBytes>
__device__ __forceinline__ void store_run(unsigned char* to, std::uint64_t rest,
                                          const Raw<kBytes>* units, bool streaming) {
  constexpr int kRun = 16 / kBytes;
  Raw<16> all;
#pragma unroll
  for (int m = 0; m < kRun; ++m) {
    for (int w = 0; w < kBytes / 4; ++w) all.words[m * (kBytes / 4) + w] = units[m].words[w];
  }
  if (rest >= 16) return store_raw(to, all, streaming);
#pragma unroll
  for (int m = 0; m < kRun; ++m) {
    if (static_cast<unsigned>(m * kBytes) < rest) store_raw(to + m * kBytes, units[m], streaming);
  }
}

/// Loads `kRun` units side by side from `at` on; zeros behind the last slot.
template <int kBytes, int kRun>
__device__ __forceinline__ void load_run(const SlotTable& slots, unsigned count, const Span& span,
                                         const UnitMap& map, Unit at, Raw<kBytes>* units) {
#pragma unroll
  for (int m = 0; m < kRun; ++m, at.next(span.units)) {
    units[m] = at.slot < count ? load_unit<kBytes>(slots, span, map, at) : Raw<kBytes>{};
  }
}

/// Entries of at most one value, copied: eight loads are on their way before the first unit is
/// stored.
template <int kBytes>
__device__ __forceinline__ void copy_units(const SlotTable& slots, unsigned count, const Span& span,
                                           const UnitMap& map, const Output& out) {
  Walk from(span.units, 1);
  for (Walk to = from; to.unit.slot < count;) {
    Raw<kBytes> units[kInFlight];
#pragma unroll
    for (int i = 0; i < kInFlight; ++i, from.next()) {
      load_run<kBytes, 1>(slots, count, span, map, from.unit, units + i);
    }
#pragma unroll
    for (int i = 0; i < kInFlight; ++i, to.next()) {
      if (to.unit.slot >= count) break;
      store_raw(place_of(span, to.unit, out), units[i], out.streaming);
    }
  }
}

/// The same where spans touch: the output is one run of bytes, and 16 of them are stored at once.
template <int kBytes>
__device__ __forceinline__ void copy_runs(const SlotTable& slots, unsigned count, const Span& span,
                                          const UnitMap& map, const Output& out) {
  constexpr int kRun = 16 / kBytes;
  const std::uint64_t bytes = static_cast<std::uint64_t>(out.slot_bytes) * count;
  Walk from(span.units, kRun);
  for (std::uint64_t to = threadIdx.x * 16; to < bytes;) {
    Raw<kBytes> units[kInFlight];
#pragma unroll
    for (int i = 0; i < kInFlight; i += kRun, from.next()) {
      load_run<kBytes, kRun>(slots, count, span, map, from.unit, units + i);
    }
#pragma unroll
    for (int i = 0; i < kInFlight; i += kRun, to += kThreads * 16) {
      if (to >= bytes) break;
      store_run(out.data + to, bytes - to, units + i, out.streaming);
    }
  }
}

/// Narrow runs only where float32 is all there is: code for more types would want more registers.
template <Types kTypes, int kBytes>
__device__ __forceinline__ void copy_rows(const SlotTable& slots, unsigned count, const Span& span,
                                          const UnitMap& map, const Output& out) {
  if constexpr (kTypes == Types::floats || kBytes == 16) {
    if (span.flat) return copy_runs<kBytes>(slots, count, span, map, out);
  }
  copy_units<kBytes>(slots, count, span, map, out);
}

/// Elements of a row that is to be clipped, as they are stored; unary + widens and clips them. So
/// nothing is computed before all loads are on their way.
template <Types kTypes, int N>
struct ClippedElements {
  Elements<kTypes, N> elements;
  float norm;
  float max_norm;
  bool clips;

  __device__ __forceinline__ Floats<N> operator+() const {
    const Floats<N> value = +elements;
    return clips ? clip(value, norm, max_norm) : value;
  }
};

/// The rows of a step whose ids begin at `first`: `N` elements of row i from byte `byte` on, as
/// they are stored.
template <Types kTypes, int N, bool kClips, class Sources>
class StepRows {
 public:
  static constexpr bool kAllAtOnce = true;

  __device__ __forceinline__ StepRows(const detail::TableRule& table, const Sources& sources,
                                      std::int64_t first, std::uint64_t byte)
      : table_(table), sources_(sources), rows_(table, byte), first_(first) {}

  __device__ __forceinline__ auto operator()(std::int64_t i) const {
    const auto elements = load_elements<kTypes, N>(sources_.row(rows_, first_ + i), table_.type);
    if constexpr (kClips) {
      const float norm = table_.clips ? sources_.norms[first_ + i] : 0.0F;
      return ClippedElements<kTypes, N>{elements, norm, table_.max_norm, table_.clips};
    } else {
      return elements;
    }
  }

 private:
  const detail::TableRule& table_;
  const Sources& sources_;
  TableRows rows_;
  std::int64_t first_;
};

/// Entries of any number of values.
template <Types kTypes, int N, bool kClips, class TableOf, class Sources>
__device__ __forceinline__ void combine_rows(const SlotTable& slots, unsigned count,
                                             const Span& span, const UnitMap& map,
                                             const TableOf& table_of, const Sources& sources,
                                             const Output& out) {
  for (Walk walk(span.units, 1); walk.unit.slot < count; walk.next()) {
    const Span::Source from = span.source(walk.unit, map);
    const std::int64_t n = slots.count[from.entry];
    if (n == kElsewhere) continue;
    const detail::TableRule& table = table_of(from.entry - walk.unit.slot * span.entries);
    const StepRows<kTypes, N, kClips, Sources> rows(table, sources, slots.first[from.entry],
                                                    from.byte);
    store_floats<kTypes>(place_of(span, walk.unit, out), combine(table.combiner, n, rows), out.type,
                         out.streaming);
  }
}

/// The most elements of a unit: rows are copied as they are where nothing is added, clipped or
/// converted.
template <bool kClips>
__device__ __forceinline__ unsigned most_elements(const detail::TableRule& table, const Output& out,
                                                  bool copies) {
  return !kClips && copies && table.type == out.type ? kCopied : kAdded;
}

/// Fills one span of all slots.
template <Types kTypes, bool kClips, class TableOf, class Sources>
__device__ __forceinline__ void write_span(const SlotTable& slots, unsigned count, const Span& span,
                                           const UnitMap& map, const TableOf& table_of,
                                           const Sources& sources, const Output& out, bool copies) {
  if (!kClips && copies && (kTypes == Types::floats || span.stored == out.type)) {
    if (span.unit == 16) return copy_rows<kTypes, 16>(slots, count, span, map, out);
    if (span.unit == 8) return copy_rows<kTypes, 8>(slots, count, span, map, out);
    if (kTypes == Types::floats || span.unit == 4) {
      return copy_rows<kTypes, 4>(slots, count, span, map, out);
    }
    return copy_rows<kTypes, 2>(slots, count, span, map, out);
  }
  with_elements<kTypes>(span, [&]<int N>() {
    combine_rows<kTypes, N, kClips>(slots, count, span, map, table_of, sources, out);
  });
}

/// Fills the slots of a block with the rows of a group of `columns` columns; all threads take part.
/// `copies` tells that no entry has more than one value.
template <Types kTypes, bool kClips, class TableOf, class Sources>
__device__ __forceinline__ void write_rows(const SlotTable& slots, unsigned count, unsigned columns,
                                           UnitMap& map, const TableOf& table_of,
                                           const Sources& sources, const Output& out, bool copies) {
  const auto write = [&](unsigned first, unsigned number, std::int64_t before) {
    Output slice = out;
    slice.data = out.data + (before << log_size_of(out.type));
    const unsigned most = most_elements<kClips>(table_of(first), out, copies);
    const Span span = cut_span<kTypes>(columns, first, number, table_of, slice, most);
    if (number > 1) {
      map_units(span, table_of, map);
      __syncthreads();
    }
    write_span<kTypes, kClips>(slots, count, span, map, table_of, sources, slice, copies);
  };
  if constexpr (kTypes == Types::floats) {
    write(0, columns, 0);
  } else {  // tables of several types are written one after another
    const unsigned step = one_type(columns, table_of) ? columns : 1;
    std::int64_t before = 0;
    for (unsigned c = 0; c < columns; c += step) {
      write(c, step, before);
      before += table_of(c).dim;
    }
  }
}

}  // namespace seqfeat::cuda
