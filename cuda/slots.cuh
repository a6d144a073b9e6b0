// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/launch.cuh"
#include "cuda/port.cuh"
#include "cuda/schedule.hpp"

// A block's slots: which values stand in each and where it is written. One thread finds out about
// one slot of one column, then all threads write them.

namespace seqfeat::cuda {

/// In shared memory: a block's segments, which are the values of a step in one column. A slot has a
/// segment for each of the group's columns, side by side.
struct SegmentTable {
  const unsigned char* row[kMostSegments];  ///< The row of its first id, or null,
  std::int64_t first[kMostSegments];        ///< where its ids begin,
  std::int64_t count[kMostSegments];        ///< and how many they are; 0: padding or a hole.
};

/// The count of a segment that is so long that other blocks write it.
inline constexpr std::int64_t kLongSegment = -1;

static_assert(kMostSegments <= kThreads, "a thread a segment");

/// What the kernels that write slots of a batch are given.
struct SlotArgs {
  SlotPlan plan;
  PadRule rule;
  std::int64_t rows;  ///< Of the capacity.
  const detail::BatchHeader* header;
  const detail::ColumnData* columns;
  const detail::ColumnGroup* groups;
  unsigned char* values;
  FloatType type;
  std::int64_t row_elements;
  std::int64_t* lengths;
  std::int64_t* row_offsets;
  std::uint8_t* mask;
  bool total;  ///< Every id of every embedding has a row.
};

/// a / b for a < 2^20 without an integer division: (a + 1/2) / b is further from any whole number
/// than three roundings can carry it.
__device__ __forceinline__ unsigned small_quotient(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<float>(a) + 0.5F) * __frcp_rn(static_cast<float>(b)));
}

/// A segment's place: which slot of the block, and which of the group's columns.
struct Segment {
  unsigned slot;
  unsigned column;
};
__device__ __forceinline__ Segment segment_of_thread(unsigned columns) {
  if (columns == 1) return {threadIdx.x, 0};
  const unsigned slot = small_quotient(threadIdx.x, columns);
  return {slot, threadIdx.x - slot * columns};
}

/// How many slots of the batch's grid chunk `chunk` holds.
__device__ __forceinline__ unsigned slots_of_chunk(const SlotArgs& args, std::int64_t chunk) {
  const std::int64_t rest = args.header->slots - chunk * args.plan.slots;
  return static_cast<unsigned>(rest < 0 ? 0 : rest < args.plan.slots ? rest : args.plan.slots);
}

/// A slot and the values in it, counted in its column's view.
struct SlotSteps {
  std::int64_t slot;  ///< Its number in the grid: b * T + t; -1: not in the batch.
  bool step;          ///< A step stands in it: the mask.
  StepRange values;
};

/// Slot `i` of the `count` slots of chunk `chunk`.
__device__ inline SlotSteps find_slot(const SlotArgs& args, const detail::BatchFeature& feature,
                                      std::int64_t chunk, unsigned i, unsigned count) {
  if (i >= count) return {-1, false, {0, 0}};
  const std::int64_t slot = chunk * args.plan.slots + i;
  const std::int64_t row_slots = args.header->row_slots;
  const auto [row, t] = args.header->by_row_slots.split(slot);
  const StepRange kept = kept_steps(feature, args.rule, row);
  const std::int64_t step = args.rule.step_in_slot(kept.count, t, row_slots);
  return {slot, step >= 0,
          step >= 0 ? values_of_step(feature.view, kept.begin + step) : StepRange{0, 0}};
}

/// The part of the output that has no columns: the mask of this chunk's slots, a share of the
/// lengths and row offsets.
__device__ inline void write_mask(const SlotArgs& args, const SlotSteps& found) {
  if (args.mask == nullptr || found.slot < 0) return;
  args.mask[found.slot] = found.step ? std::uint8_t{1} : std::uint8_t{0};
}
__device__ inline void write_lengths(const SlotArgs& args, std::int64_t chunk) {
  const std::int64_t stride = args.plan.chunks * kThreads;
  for (std::int64_t row = chunk * kThreads + threadIdx.x; row < args.rows; row += stride) {
    args.lengths[row] = detail::length_of_row(*args.header, args.rule, row);
  }
  if (args.row_offsets == nullptr) return;
  for (std::int64_t row = chunk * kThreads + threadIdx.x; row <= args.rows; row += stride) {
    args.row_offsets[row] = detail::first_step_of_row(*args.header, row);
  }
}

}  // namespace seqfeat::cuda
