// SPDX-License-Identifier: Apache-2.0
#include "cuda/columns.cuh"
#include "cuda/kernels.hpp"
#include "cuda/long_steps.cuh"
#include "cuda/write_group.cuh"

// The last kernel: ids -> values, mask and lengths.

namespace seqfeat::cuda {
namespace {

/// In shared memory: what a block of slots needs, or one of long steps.
union Shared {
  SlotTable slots;
  LongShared long_steps;
};

/// How many of a step's values, whose ids begin at `first`, have rows.
template <class Sources>
__device__ __forceinline__ std::int64_t count_here(const Sources& sources,
                                                   const detail::ColumnData& column,
                                                   const RaggedView& view, std::int64_t first,
                                                   std::int64_t count) {
  if constexpr (!Sources::kTotal) {
    if (closes_up(column, view)) return detail::count_with_rows(sources.ids + first, count);
  }
  return count;
}

/// The step of more than kLongStep values that begins in piece `piece` of the flat space of ids and
/// stands in the batch. It reaches the next piece, so the step of that piece's first id is the one.
template <class Sources>
__device__ LongStep find_long_step(const SlotArgs& args, const Sources& sources,
                                   std::int64_t piece) {
  const std::int64_t* const first_ids = detail::first_ids_of(args.header);
  const std::int64_t id = (piece + 1) * kLongStep;
  if (id >= first_ids[args.header->columns]) return kNoStep;
  const std::int32_t c = column_of_id(first_ids, args.header->columns, id);
  const detail::ColumnData& column = args.columns[c];
  const detail::BatchFeature& feature = detail::features_of(args.header)[column.feature];
  const RaggedView& view = feature.view;
  const std::int64_t rows = view.rows();
  if (column.kind != detail::ColumnKind::embedding || view.step_offsets.absent()) return kNoStep;
  if (view.steps() <= 0 || rows <= 0) return kNoStep;
  const std::int64_t step = last_not_above(view.step_offsets, view.steps(), id - first_ids[c]);
  const StepRange values = values_of_step(view, step);
  const std::int64_t first = first_ids[c] + values.begin;
  const std::int64_t count = count_here(sources, column, view, first, values.count);
  if (count <= kLongStep || first < piece * kLongStep || first >= id) return kNoStep;
  const std::int64_t row = last_not_above(view.row_offsets, rows, step);
  const StepRange kept = kept_steps(feature, args.rule, row);
  const std::int64_t row_slots = args.header->row_slots;
  const std::int64_t t = args.rule.slot_of_step(kept.count, step - kept.begin, row_slots);
  if (!kept.contains(step) || t < 0 || t >= row_slots) return kNoStep;
  return {row * row_slots + t, c, first, count};
}

template <Types kTypes, bool kClips, class Sources>
__device__ void write_long_steps(const SlotArgs& args, const Sources& sources, LongShared& shared) {
  const auto find = [&](std::int64_t piece) { return find_long_step(args, sources, piece); };
  for_each_long_step(
      args.plan.long_steps, find,
      [&](const LongStep& step, std::int64_t slice) {
        const detail::ColumnData& column = args.columns[step.column];
        if constexpr (Sources::kTotal) wait_for_previous_kernel();
        write_long_step<kTypes, kClips>(column.table, step, sources,
                                        output_of(args, step.slot, column.offset), slice,
                                        args.plan.long_steps.slices, shared);
      },
      shared);
}

/// How many of its `count` values the thread's entry takes: none (kElsewhere) if a block of long
/// steps writes it. Of offsets that lie, a step that no such block finds is left empty.
template <class Sources>
__device__ std::int64_t count_of_entry(const SlotArgs& args, const Sources& sources, std::int32_t c,
                                       const RaggedView& view, std::int64_t slot,
                                       std::int64_t first, std::int64_t count) {
  if (args.plan.long_steps.blocks == 0 || count <= kLongStep) return count;
  if (args.columns[c].kind != detail::ColumnKind::embedding || view.step_offsets.absent()) {
    return count;
  }
  const LongStep step = find_long_step(args, sources, first / kLongStep);
  return step.column == c && step.slot == slot ? kElsewhere : 0;
}

/// A block fills `plan.slots` slots of one group of columns, the group being the fastest index of
/// the grid. The blocks of the first group also write mask and lengths.
///
/// Traffic   16 bytes of offsets and 8 of an id a slot and column, rows once, every cell once.
/// In flight Eight loads of 16 bytes a thread. Not yet run on a GPU.
template <Types kTypes, bool kClips, class Sources>
__device__ __forceinline__ void gather(const SlotArgs& args, const Sources& sources) {
  SEQFEAT_SHARED(Shared, shared);
  SEQFEAT_SHARED(UnitMap, map);
  const std::int64_t block = std::int64_t{blockIdx.x} - args.plan.long_steps.blocks;
  if (block < 0) return write_long_steps<kTypes, kClips>(args, sources, shared.long_steps);
  SlotTable& slots = shared.slots;
  const auto [chunk, g] = args.plan.groups.split(block);
  const detail::ColumnGroup group = group_of(args, g);
  const Entry entry = entry_of_thread(static_cast<unsigned>(group.count));
  const std::int32_t c = group.first + static_cast<std::int32_t>(entry.column);
  const detail::ColumnData& column = args.columns[c];
  const detail::BatchFeature& feature = detail::features_of(args.header)[column.feature];
  const unsigned in_chunk = slots_of_chunk(args, chunk);
  const SlotSteps found = find_slot(args, feature, chunk, entry.slot, in_chunk);
  if (g == 0 && entry.column == 0) write_mask(args, found);
  if (g == 0) write_lengths(args, chunk);
  if (args.values == nullptr) return;

  const std::int64_t first = detail::first_ids_of(args.header)[c] + found.values.begin;
  const std::int64_t count = count_here(sources, column, feature.view, first, found.values.count);
  slots.first[threadIdx.x] = first;
  slots.count[threadIdx.x] =
      count_of_entry(args, sources, c, feature.view, found.slot, first, count);
  if constexpr (Sources::kTotal) wait_for_previous_kernel();
  enter_first_row(column.table, sources, slots);
  const bool copies = __syncthreads_or(count > 1) == 0;
  write_group<kTypes, kClips>(args, group, chunk, in_chunk, slots, map, sources, copies);
}

template <Types kTypes, bool kClips>
__global__ void __launch_bounds__(kThreads, blocks_of(kTypes, !kClips))
    gather_kernel(const SlotArgs args, const std::int64_t* ids, const float* norms) {
  gather<kTypes, kClips>(args, TotalIds{ids, norms});
}

/// The same for layers some of whose ids have no row: how many values a step has is told from ids,
/// so that all of it waits for them.
template <bool kClips>
__global__ void __launch_bounds__(kThreads, blocks_of(Types::any, !kClips))
    gather_mapped_kernel(const SlotArgs args, const std::int64_t* ids, const float* norms) {
  wait_for_previous_kernel();
  gather<Types::any, kClips>(args, MappedIds{ids, norms});
}

}  // namespace

void load_gather_kernels() {
  load_kernel(gather_kernel<Types::floats, false>);
  load_kernel(gather_kernel<Types::floats, true>);
  load_kernel(gather_kernel<Types::any, false>);
  load_kernel(gather_kernel<Types::any, true>);
  load_kernel(gather_mapped_kernel<false>);
  load_kernel(gather_mapped_kernel<true>);
}

SlotArgs slot_args(const Device& device, const detail::LayerArgs& args) {
  const detail::LayerShape& shape = args.shape;
  const bool values = args.values != nullptr;
  SlotWork work;
  if (values || args.mask != nullptr) work.slots = shape.slots;  // else only lengths
  LongPlan long_steps;
  if (values) {
    work.groups = shape.groups;
    work.most_columns = shape.most_columns;
    work.elements = shape.widest;
    work.ids = shape.sizes.ids;
    work.output_bytes = work.slots * shape.dim * size_of(args.values_type);
    if (shape.nested) long_steps = long_plan(shape.sizes.ids, shape.widest);
  }
  return {slot_plan(device, work, long_steps),
          args.rule,
          shape.sizes.rows,
          args.header,
          args.columns,
          args.groups,
          static_cast<unsigned char*>(args.values),
          args.values_type,
          shape.dim,
          args.lengths,
          args.row_offsets,
          args.mask};
}

void enqueue_gather(const Device& device, const detail::LayerArgs& args, const std::int64_t* ids,
                    const float* norms, Stream stream) {
  const SlotArgs slots = slot_args(device, args);
  const bool after_ids = args.values != nullptr && args.shape.sizes.ids > 0;
  const bool clips = args.shape.clips;
  const auto kernel =
      !args.shape.total ? (clips ? gather_mapped_kernel<true> : gather_mapped_kernel<false>)
      : only_floats(args)
          ? (clips ? gather_kernel<Types::floats, true> : gather_kernel<Types::floats, false>)
          : (clips ? gather_kernel<Types::any, true> : gather_kernel<Types::any, false>);
  launch("gather_kernel", kernel, {slots.plan.blocks, after_ids && device.overlaps_kernels}, stream,
         slots, ids, norms);
}

}  // namespace seqfeat::cuda
