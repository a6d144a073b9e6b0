// SPDX-License-Identifier: Apache-2.0
#include "cuda/columns.cuh"
#include "cuda/combine_rows.cuh"
#include "cuda/kernels.hpp"
#include "cuda/long_steps.cuh"
#include "cuda/write_counts.cuh"
#include "cuda/write_numbers.cuh"

// The last kernel: ids -> values, mask and lengths.

namespace seqfeat::cuda {
namespace {

/// In shared memory: what a block of slots needs, or one of long steps.
union Shared {
  SegmentTable segments;
  LongShared long_steps;
};

/// Group `g`; where no values are wanted, a group of the first column that writes nothing.
__device__ detail::ColumnGroup group_of(const SlotArgs& args, std::int64_t g) {
  return args.values != nullptr ? args.groups[g] : detail::ColumnGroup{0, 1, 0, 0};
}

/// The output from element `offset` of slot `slot` on.
__device__ Output output_of(const SlotArgs& args, std::int64_t slot, std::int64_t offset) {
  const unsigned log_size = log_size_of(args.type);
  return {args.values + ((slot * args.row_elements + offset) << log_size), args.type,
          args.row_elements << log_size, args.plan.streaming};
}

/// How many of a step's values, whose ids begin at `first`, have rows. Where ids are closed up, the
/// ids tell.
__device__ __forceinline__ std::int64_t count_here(const SlotArgs& args, const std::int64_t* ids,
                                                   const detail::ColumnData& column,
                                                   const RaggedView& view, std::int64_t first,
                                                   std::int64_t count) {
  if (args.total || !closes_up(column, view)) return count;
  wait_for_previous_kernel();
  return detail::count_with_rows(ids + first, count);
}

/// The step of more than kLongStep values that begins in piece `piece` of the flat space of ids and
/// stands in the batch. It reaches the next piece, so the step of that piece's first id is the one.
__device__ LongStep find_long_step(const SlotArgs& args, const std::int64_t* ids,
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
  const std::int64_t count = count_here(args, ids, column, view, first, values.count);
  if (count <= kLongStep || first < piece * kLongStep || first >= id) return kNoStep;
  const std::int64_t row = last_not_above(view.row_offsets, rows, step);
  const StepRange kept = kept_steps(feature, args.rule, row);
  const std::int64_t row_slots = args.header->row_slots;
  const std::int64_t t = args.rule.slot_of_step(kept.count, step - kept.begin, row_slots);
  if (!kept.contains(step) || t < 0 || t >= row_slots) return kNoStep;
  return {row * row_slots + t, c, first, count};
}

template <Method kMethod>
__device__ void write_long_steps(const SlotArgs& args, const LayerIds& ids, LongShared& shared) {
  const auto find = [&](std::int64_t piece) { return find_long_step(args, ids.ids, piece); };
  for_each_long_step(
      args.plan.long_steps, find,
      [&](const LongStep& step, std::int64_t slice) {
        const detail::ColumnData& column = args.columns[step.column];
        wait_for_previous_kernel();
        write_long_step<kMethod>(column.table, step, ids, output_of(args, step.slot, column.offset),
                                 slice, args.plan.long_steps.slices, shared);
      },
      shared);
}

/// How many of its `count` values the thread's segment takes: none (kLongSegment) if a block of
/// long steps writes it. Of offsets that lie, a step that no such block finds is left empty.
__device__ std::int64_t count_of_segment(const SlotArgs& args, const std::int64_t* ids,
                                         std::int32_t c, const RaggedView& view, std::int64_t slot,
                                         std::int64_t first, std::int64_t count) {
  if (args.plan.long_steps.blocks == 0 || count <= kLongStep) return count;
  if (args.columns[c].kind != detail::ColumnKind::embedding || view.step_offsets.absent()) {
    return count;
  }
  const LongStep step = find_long_step(args, ids, first / kLongStep);
  return step.column == c && step.slot == slot ? kLongSegment : 0;
}

/// What a block fills: a chunk of the slots, of one group of columns.
struct Share {
  std::int64_t chunk;
  std::int64_t number;  ///< The group's.
  detail::ColumnGroup group;
};
__device__ __forceinline__ Share share_of_block(const SlotArgs& args) {
  const auto [chunk, g] =
      args.plan.groups.split(std::int64_t{kept(blockIdx.x)} - args.plan.long_steps.blocks);
  return {chunk, g, group_of(args, g)};
}

/// Enters the thread's segment in the table, all but its row, and writes mask and lengths.
///
/// Returns  True, for the whole block, if no segment has more than one value.
template <Method kMethod>
__device__ __forceinline__ bool find_segments(const SlotArgs& args, const Share& share,
                                              const std::int64_t* ids, SegmentTable& segments) {
  const auto& [chunk, g, group] = share;
  const Segment segment = segment_of_thread(static_cast<unsigned>(group.count));
  const std::int32_t c = group.first + static_cast<std::int32_t>(segment.column);
  const detail::ColumnData& column = args.columns[c];
  const detail::BatchFeature& feature = detail::features_of(args.header)[column.feature];
  const SlotSteps found =
      find_slot(args, feature, chunk, segment.slot, slots_of_chunk(args, chunk));
  if (g == 0 && segment.column == 0) write_mask(args, found);
  if (g == 0) write_lengths(args, chunk);
  if (args.values == nullptr) return true;

  const std::int64_t first = detail::first_ids_of(args.header)[c] + found.values.begin;
  const std::int64_t count = count_here(args, ids, column, feature.view, first, found.values.count);
  segments.first[threadIdx.x] = first;
  segments.count[threadIdx.x] =
      kMethod == Method::copy
          ? count
          : count_of_segment(args, ids, c, feature.view, found.slot, first, count);
  return __syncthreads_or(count > 1) == 0;
}

/// Fills the slots of a block with what its segments hold; all threads take part. `single` tells
/// that no segment has more than one value.
template <Method kMethod>
__device__ __forceinline__ void fill_slots(const SlotArgs& args, const Share& share,
                                           SegmentTable& segments, VectorMap& map,
                                           const LayerIds& ids, bool single) {
  const auto& [chunk, g, group] = share;
  const detail::ColumnData* const columns = args.columns + group.first;
  const auto number = static_cast<unsigned>(group.count);
  const auto table_of = [columns](unsigned c) -> const detail::TableRule& {
    return columns[c].table;
  };
  const bool numeric = kMethod != Method::copy && columns->kind == detail::ColumnKind::numeric;
  if (!numeric) enter_first_row(table_of(segment_of_thread(number).column), ids, segments);
  __syncthreads();
  const unsigned count = slots_of_chunk(args, chunk);
  const Output out = output_of(args, chunk * args.plan.slots, group.offset);
  if constexpr (kMethod == Method::copy) {
    if (single) return copy_rows(segments, count, number, map, table_of, out);
    combine_elements(segments, count, number, table_of, ids, out);
  } else if (columns->kind == detail::ColumnKind::embedding) {
    combine_rows<kMethod>(segments, count, number, map, table_of, ids, out, single);
  } else if (numeric) {
    write_numbers(segments, count, detail::features_of(args.header)[columns->feature].view,
                  *columns, detail::first_ids_of(args.header)[group.first], out);
  } else {
    write_counts(segments, count, ids.ids, group.width, out, !single);
  }
}

/// Blocks that a multiprocessor is to hold. A layer's rows of many values need more registers than
/// a lookup's, or fewer loads would be under way.
constexpr unsigned blocks_of_layer(Method method) {
  return method == Method::copy ? blocks_of(method) : 2;
}

/// A block fills `plan.slots` slots of one group of columns, the group being the fastest index of
/// the grid. The blocks of the first group also write mask and lengths.
///
/// Traffic   16 bytes of offsets and 8 of an id a slot and column, rows once, every cell once.
/// In flight Eight loads of 16 bytes a thread.
template <Method kMethod>
__global__ void __launch_bounds__(kThreads, blocks_of_layer(kMethod))
    gather_kernel(const SlotArgs args, const std::int64_t* ids, const float* norms,
                  const ValueWeight* weights) {
  SEQFEAT_SHARED(Shared, shared);
  SEQFEAT_SHARED(VectorMap, map);
  const LayerIds layer_ids{ids, norms, kMethod == Method::weigh ? weights : nullptr};
  if constexpr (kMethod != Method::copy) {
    if (blockIdx.x < args.plan.long_steps.blocks) {
      return write_long_steps<kMethod>(args, layer_ids, shared.long_steps);
    }
  }
  const Share share = share_of_block(args);
  const bool single = find_segments<kMethod>(args, share, ids, shared.segments);
  if (args.values == nullptr) return;
  wait_for_previous_kernel();
  fill_slots<kMethod>(args, share, shared.segments, map, layer_ids, single);
}

SlotArgs slot_args(const Device& device, const detail::LayerArgs& args, bool copies) {
  const detail::LayerShape& shape = args.shape;
  const bool values = args.values != nullptr;
  SlotWork work;
  if (values || args.mask != nullptr) work.slots = shape.slots;  // else only lengths
  LongPlan long_steps;
  if (values) {
    work.groups = shape.groups;
    work.most_columns = shape.most_columns;
    work.vectors = vectors_of(shape.widest, args.values_type, copies);
    work.ids = shape.sizes.ids;
    work.output_bytes = work.slots * shape.dim * size_of(args.values_type);
    work.copies = copies;
    if (shape.nested && !copies) long_steps = long_plan(shape.sizes.ids, shape.widest);
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
          args.mask,
          shape.total};
}

}  // namespace

void load_gather_kernels() {
  load_kernel(gather_kernel<Method::copy>);
  load_kernel(gather_kernel<Method::combine>);
  load_kernel(gather_kernel<Method::clip>);
  load_kernel(gather_kernel<Method::weigh>);
}

void enqueue_gather(const Device& device, const detail::LayerArgs& args, const std::int64_t* ids,
                    const float* norms, const ValueWeight* weights, Stream stream) {
  const bool copies = copies_rows(args);
  const bool after_ids = args.values != nullptr && args.shape.sizes.ids > 0;
  const SlotArgs slots = slot_args(device, args, copies);
  const auto kernel = args.shape.weighs  ? gather_kernel<Method::weigh>
                      : args.shape.clips ? gather_kernel<Method::clip>
                      : copies           ? gather_kernel<Method::copy>
                                         : gather_kernel<Method::combine>;
  launch("gather_kernel", kernel, {slots.plan.blocks, after_ids && device.overlaps_kernels}, stream,
         slots, ids, norms, weights);
}

}  // namespace seqfeat::cuda
