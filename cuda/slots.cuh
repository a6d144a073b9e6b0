// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/launch.cuh"
#include "cuda/port.cuh"
#include "cuda/schedule.hpp"

// A block's slots: which values stand in each and where it is written. One thread finds out about
// one slot, then all threads write them.

namespace seqfeat::cuda {

/// In shared memory.
struct SlotTable {
  std::int64_t place[kMostSlots];  ///< The slot's first float in the output; -1: not in the batch.
  std::int64_t first[kMostSlots];  ///< Where its ids begin.
  std::int64_t count[kMostSlots];  ///< How many they are; 0: padding or a hole.
  std::int64_t row[kMostSlots];    ///< The first id, or -1 where it is not in the table.
  float norm[kMostSlots];          ///< Of the first id's row, where the column clips.
};

static_assert(kMostSlots <= kThreads, "a thread a slot");

/// What the kernels that write slots of a batch are given.
struct SlotArgs {
  SlotPlan plan;
  PadRule rule;
  std::int64_t rows;  ///< Of the capacity.
  const detail::BatchHeader* header;
  const detail::ColumnData* columns;
  float* values;
  std::int64_t row_floats;
  std::int64_t* lengths;
  std::uint8_t* mask;
};

[[nodiscard]] SlotArgs slot_args(const Device& device, const detail::LayerArgs& args);

/// A slot and the values in it, counted in its column's view.
struct SlotSteps {
  std::int64_t slot;  ///< b * T + t; -1: not in the batch.
  bool step;          ///< A step stands in it: the mask.
  StepRange values;
};

/// Slot `i` of chunk `chunk` of the capacity's grid.
__device__ inline SlotSteps find_slot(const SlotArgs& args, const detail::BatchFeature& feature,
                                      std::int64_t chunk, unsigned i) {
  SlotSteps none{-1, false, {0, 0}};
  if (i >= args.plan.slots) return none;
  const auto [row, t] = args.plan.width.split(chunk * args.plan.slots + i);
  const std::int64_t width = args.header->width;
  if (row >= args.header->rows || t >= width) return none;
  const StepRange kept = kept_steps(feature, args.rule, row);
  const std::int64_t step = args.rule.step_in_slot(kept.count, t, width);
  return {row * width + t, step >= 0,
          step >= 0 ? values_of_step(feature.view, kept.begin + step) : StepRange{0, 0}};
}

/// Puts a slot into the table, but for `first`, `row` and `norm`.
__device__ inline void enter_slot(const SlotArgs& args, const detail::ColumnData& column,
                                  const SlotSteps& found, SlotTable& slots) {
  slots.place[threadIdx.x] = found.slot < 0 ? -1 : found.slot * args.row_floats + column.offset;
  slots.count[threadIdx.x] = found.values.count;
}

__device__ __forceinline__ bool holds(const detail::TableRule& table, std::int64_t id) {
  return static_cast<std::uint64_t>(id) < static_cast<std::uint64_t>(table.rows);
}

/// The first id of the thread's slot, and its norm, so that slots of one value need no more.
__device__ inline void enter_first_row(const detail::TableRule& table, const std::int64_t* ids,
                                       const float* norms, SlotTable& slots) {
  const unsigned s = threadIdx.x;
  std::int64_t id = -1;
  if (slots.count[s] > 0) id = ids[slots.first[s]];
  const bool inside = holds(table, id);
  slots.row[s] = inside ? id : -1;
  slots.norm[s] = inside && table.clips ? norms[slots.first[s]] : 0.0F;
}

/// The part of the output that has no columns: the mask of this chunk, all lengths.
__device__ inline void write_lengths(const SlotArgs& args, const detail::BatchFeature& feature,
                                     std::int64_t chunk, const SlotSteps& found) {
  if (args.mask != nullptr && found.slot >= 0) {
    args.mask[found.slot] = found.step ? std::uint8_t{1} : std::uint8_t{0};
  }
  if (args.lengths == nullptr) return;
  const std::int64_t stride = args.plan.chunks * kThreads;
  for (std::int64_t row = chunk * kThreads + threadIdx.x; row < args.rows; row += stride) {
    args.lengths[row] = row < args.header->rows ? kept_steps(feature, args.rule, row).count : 0;
  }
}

}  // namespace seqfeat::cuda
