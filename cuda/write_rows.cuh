// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/floats.cuh"
#include "cuda/slots.cuh"
#include "seqfeat/combine.hpp"

// Rows of a table into a block's slots.

namespace seqfeat::cuda {

/// a / b for a < 2^20 without an integer division: (a + 1/2) / b is further from any whole number
/// than three roundings can carry it.
__device__ __forceinline__ unsigned small_quotient(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<float>(a) + 0.5F) * __frcp_rn(static_cast<float>(b)));
}

/// A thread's way through the vectors of a block's slots, kThreads further at each step.
class Walk {
 public:
  __device__ explicit Walk(unsigned vectors)
      : vectors_(vectors), slot_step_(small_quotient(kThreads, vectors)) {
    slot = small_quotient(threadIdx.x, vectors);
    at = threadIdx.x - slot * vectors;
  }
  __device__ __forceinline__ void next() {
    slot += slot_step_;
    at += kThreads - slot_step_ * vectors_;
    if (at >= vectors_) {
      at -= vectors_;
      ++slot;
    }
  }

  unsigned slot;
  unsigned at;  ///< Which vector of the slot.

 private:
  unsigned vectors_;
  unsigned slot_step_;
};

/// A table as one block reads it.
struct Rows {
  const detail::TableRule& table;
  const std::int64_t* ids;
  const float* norms;
  float* out;
  bool streaming;
};

/// Slots of at most one value: eight rows are on their way before the first is stored.
template <int N, bool kClips>
__device__ void write_single_rows(const SlotTable& slots, unsigned count, const Rows& rows) {
  constexpr int kInFlight = 8;
  const auto* const data = static_cast<const float*>(rows.table.data);
  const std::int64_t pitch = rows.table.pitch;
  Walk from(static_cast<unsigned>(rows.table.dim / N));
  for (Walk to = from; to.slot < count;) {
    Floats<N> row[kInFlight];
    for (int j = 0; j < kInFlight; ++j, from.next()) {
      row[j] = {};
      if (from.slot >= count) continue;
      const std::int64_t id = slots.row[from.slot];
      if (id >= 0) row[j] = load_floats<N>(data + id * pitch + std::int64_t{from.at} * N);
    }
    for (int j = 0; j < kInFlight; ++j, to.next()) {
      if (to.slot >= count) break;
      const std::int64_t place = slots.place[to.slot];
      if (place < 0) continue;
      if (kClips && rows.table.clips && slots.row[to.slot] >= 0) {
        row[j] = clip(row[j], slots.norm[to.slot], rows.table.max_norm);
      }
      store_floats(rows.out + place + std::int64_t{to.at} * N, row[j], rows.streaming);
    }
  }
}

/// Slots of any number of values.
template <int N, bool kClips>
__device__ void write_combined_rows(const SlotTable& slots, unsigned count, const Rows& rows) {
  const detail::TableRule& table = rows.table;
  for (Walk walk(static_cast<unsigned>(table.dim / N)); walk.slot < count; walk.next()) {
    const std::int64_t first = slots.first[walk.slot];
    const std::int64_t* const ids = rows.ids + first;
    const float* const column = static_cast<const float*>(table.data) + std::int64_t{walk.at} * N;
    const auto row = [&table, &rows, ids, first, column](std::int64_t i) {
      const std::int64_t id = ids[i];
      if (!holds(table, id)) return Floats<N>{};
      const Floats<N> v = load_floats<N>(column + id * table.pitch);
      return kClips && table.clips ? clip(v, rows.norms[first + i], table.max_norm) : v;
    };
    const Floats<N> vector = combine(table.combiner, slots.count[walk.slot], row);
    const std::int64_t place = slots.place[walk.slot];
    if (place >= 0) {
      store_floats(rows.out + place + std::int64_t{walk.at} * N, vector, rows.streaming);
    }
  }
}

/// Fills the slots of a block with rows. `bits` are those of all addresses and sizes of the output
/// in bytes, `multiple` tells whether some slot has more than one value.
template <bool kClips>
__device__ void write_rows(const SlotTable& slots, unsigned count, const Rows& rows,
                           std::uint64_t bits, bool multiple) {
  const detail::TableRule& table = rows.table;
  bits |= reinterpret_cast<std::uintptr_t>(table.data) |
          static_cast<std::uint64_t>(table.pitch | table.dim) * sizeof(float);
  with_widest_floats(bits, [&]<int N>(const Floats<N>&) {
    if (multiple) {
      write_combined_rows<N, kClips>(slots, count, rows);
    } else {
      write_single_rows<N, kClips>(slots, count, rows);
    }
  });
}

}  // namespace seqfeat::cuda
