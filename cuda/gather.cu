// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/write_column.cuh"

// The last of two or three kernels: ids -> values, mask and lengths.

namespace seqfeat::cuda {
namespace {

/// A block fills `plan.slots` slots of one column, the column being the fastest index of the grid.
/// The blocks of the first column also write mask and lengths.
template <bool kClips>
__global__ void __launch_bounds__(kThreads, kClips ? 2 : 3)
    gather_kernel(const SlotArgs args, const std::int64_t* ids, const float* norms) {
  SEQFEAT_SHARED(SlotTable, slots);
  const auto [chunk, c] = args.plan.columns.split(blockIdx.x);
  const detail::ColumnData& column = args.columns[c];
  const detail::BatchFeature& feature = detail::features_of(args.header)[column.feature];
  const SlotSteps found = find_slot(args, feature, chunk, threadIdx.x);
  if (c == 0) write_lengths(args, feature, chunk, found);
  if (args.values == nullptr || column.kind == detail::ColumnKind::ids_only) return;

  enter_slot(args, column, found, slots);
  slots.first[threadIdx.x] = detail::first_ids_of(args.header)[c] + found.values.begin;
  wait_for_previous_kernel();
  enter_first_row(column.table, ids, norms, slots);
  const bool multiple = __syncthreads_or(found.values.count > 1) != 0;
  write_column<kClips>(args, column, slots, ids, norms, multiple);
}

}  // namespace

void load_gather_kernels() {
  load_kernel(gather_kernel<false>);
  load_kernel(gather_kernel<true>);
}

SlotArgs slot_args(const Device& device, const detail::LayerArgs& args) {
  const detail::LayerShape& shape = args.shape;
  const std::int64_t slots = shape.rows * shape.width;
  const bool values = args.values != nullptr;
  const bool wanted = values || args.mask != nullptr;  // else only lengths
  return {
      slot_plan(device, wanted ? slots : 0, shape.width, values ? shape.columns : 1,
                values ? shape.widest : 0, shape.ids,
                values ? slots * shape.row_floats * static_cast<std::int64_t>(sizeof(float)) : 0),
      args.rule,
      shape.rows,
      args.header,
      args.columns,
      static_cast<float*>(args.values),
      shape.row_floats,
      args.lengths,
      args.mask};
}

void enqueue_gather(const Device& device, const detail::LayerArgs& args, const std::int64_t* ids,
                    const float* norms, Stream stream) {
  const SlotArgs slots = slot_args(device, args);
  const bool after_ids = args.values != nullptr && args.shape.ids > 0;
  launch("gather_kernel", args.shape.clips ? gather_kernel<true> : gather_kernel<false>,
         {slots.plan.blocks, after_ids && device.overlaps_kernels}, stream, slots, ids, norms);
}

}  // namespace seqfeat::cuda
