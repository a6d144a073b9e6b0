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

/// Where unit `at` of the output is; null outside the batch.
__device__ __forceinline__ unsigned char* place_of(const SlotTable& slots, const Span& span,
                                                   const Unit& at, const Output& out) {
  const std::int64_t place = slots.place[at.slot];
  return place < 0 ? nullptr : out.data + place + std::uint64_t{at.at} * span.out_unit;
}

/// Stores units side by side, of which the whole run has 16 bytes: with one store, if all are
/// there.
template <int kBytes>
__device__ __forceinline__ void store_run(const SlotTable& slots, const Span& span, Unit at,
                                          unsigned count, const Raw<kBytes>* units,
                                          const Output& out) {
  constexpr int kRun = 16 / kBytes;
  unsigned char* const begin = place_of(slots, span, at, out);
  Raw<16> all{};
  bool whole = begin != nullptr;
  Unit last = at;
#pragma unroll
  for (int m = 0; m < kRun; ++m) {
    for (int w = 0; w < kBytes / 4; ++w) all.words[m * (kBytes / 4) + w] = units[m].words[w];
    if (m + 1 < kRun) last.next(span.units);
  }
  whole = whole && last.slot < count && slots.place[last.slot] >= 0;
  if (whole) return store_raw(begin, all, out.streaming);
#pragma unroll
  for (int m = 0; m < kRun; ++m, at.next(span.units)) {
    unsigned char* const to = at.slot < count ? place_of(slots, span, at, out) : nullptr;
    if (to != nullptr) store_raw(to, units[m], out.streaming);
  }
}

/// Entries of at most one value, copied: eight loads are on their way before the first unit is
/// stored. `kRun` units side by side are loaded one by one and stored at once.
template <int kBytes, int kRun>
__device__ __forceinline__ void copy_rows(const SlotTable& slots, unsigned count, const Span& span,
                                          const UnitMap& map, const Output& out) {
  constexpr int kSteps = kInFlight / kRun;
  Walk from(span.units, kRun);
  for (Walk to = from; to.unit.slot < count;) {
    Raw<kBytes> units[kInFlight];
#pragma unroll
    for (int step = 0; step < kSteps; ++step, from.next()) {
      Unit at = from.unit;
#pragma unroll
      for (int m = 0; m < kRun; ++m, at.next(span.units)) {
        units[step * kRun + m] =
            at.slot < count ? load_unit<kBytes>(slots, span, map, at) : Raw<kBytes>{};
      }
    }
#pragma unroll
    for (int step = 0; step < kSteps; ++step, to.next()) {
      if (to.unit.slot >= count) break;
      if constexpr (kRun > 1) {
        store_run(slots, span, to.unit, count, units + step * kRun, out);
      } else {
        unsigned char* const place = place_of(slots, span, to.unit, out);
        if (place != nullptr) store_raw(place, units[step], out.streaming);
      }
    }
  }
}

template <Types kTypes, int kBytes>
__device__ __forceinline__ void copy_units(const SlotTable& slots, unsigned count, const Span& span,
                                           const UnitMap& map, const Output& out) {
  if constexpr (kTypes == Types::floats && kBytes < 16) {  // more types would want more registers
    if (span.flat) return copy_rows<kBytes, 16 / kBytes>(slots, count, span, map, out);
  }
  copy_rows<kBytes, 1>(slots, count, span, map, out);
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
    unsigned char* const place = place_of(slots, span, walk.unit, out);
    const Span::Source from = span.source(walk.unit, map);
    const std::int64_t n = slots.count[from.entry];
    if (place == nullptr || n == kElsewhere) continue;
    const detail::TableRule& table = table_of(from.entry - walk.unit.slot * span.entries);
    const StepRows<kTypes, N, kClips, Sources> rows(table, sources, slots.first[from.entry],
                                                    from.byte);
    store_floats<kTypes>(place, combine(table.combiner, n, rows), out.type, out.streaming);
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
    if (span.unit == 16) return copy_units<kTypes, 16>(slots, count, span, map, out);
    if (span.unit == 8) return copy_units<kTypes, 8>(slots, count, span, map, out);
    if (kTypes == Types::floats || span.unit == 4) {
      return copy_units<kTypes, 4>(slots, count, span, map, out);
    }
    return copy_units<kTypes, 2>(slots, count, span, map, out);
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
    const unsigned most = most_elements<kClips>(table_of(first), out, copies);
    const Span span = cut_span<kTypes>(columns, first, number, table_of, out, before, count, most);
    if (number > 1) {
      map_units(span, table_of, map);
      __syncthreads();
    }
    Output slice = out;
    slice.data = out.data + (before << log_size_of(out.type));
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
