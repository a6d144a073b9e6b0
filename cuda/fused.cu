// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/tokens.cuh"
#include "cuda/write_group.cuh"

// The one kernel of a small batch: tokens -> values, mask and lengths.

namespace seqfeat::cuda {
namespace {

/// In shared memory: the values [begin, end) of each column from which a block's slots are filled,
/// gaps included, and where their ids begin.
struct Windows {
  unsigned begin[detail::kGroupColumns];
  unsigned end[detail::kGroupColumns];
  unsigned first_id[detail::kGroupColumns];
};

/// Widens a column's window so that it holds this thread's values.
__device__ void widen(Windows& windows, unsigned column, const StepRange& values) {
  if (values.count <= 0) return;
  atomicMin(&windows.begin[column], static_cast<unsigned>(values.begin));
  atomicMax(&windows.end[column], static_cast<unsigned>(values.begin + values.count));
}

/// Puts the ids of all windows one behind another.
__device__ void place_ids(Windows& windows, unsigned columns) {
  unsigned at = 0;
  for (unsigned c = 0; c < columns; ++c) {
    windows.first_id[c] = at;
    if (windows.begin[c] < windows.end[c]) at += windows.end[c] - windows.begin[c];
  }
}

/// Hashes the values of all windows: the warps take turns with pieces of 32.
__device__ void hash_windows(const SlotArgs& args, const detail::ColumnGroup& group,
                             const Windows& windows, Stages& stages, std::int64_t* ids) {
  const unsigned warp = threadIdx.x / 32;
  unsigned turn = 0;
  for (unsigned c = 0; c < static_cast<unsigned>(group.count); ++c) {
    const detail::ColumnData& column = args.columns[group.first + static_cast<std::int32_t>(c)];
    const RaggedView& view = detail::features_of(args.header)[column.feature].view;
    const unsigned end = windows.end[c];
    for (unsigned begin = windows.begin[c]; begin < end; begin += 32, ++turn) {
      if (turn % kWarps != warp) continue;
      std::int64_t* const out = ids + windows.first_id[c] + (begin - windows.begin[c]);
      hash_run(tokens_of(view), begin, end - begin < 32 ? end - begin : 32, stages[warp],
               [&](std::int64_t i, std::uint64_t fingerprint) {
                 out[i] = bucket_of(column.source.buckets, fingerprint);
               });
    }
  }
}

/// A block fills `plan.slots` slots of one group of columns. Its warps hash the values from which
/// it does into shared memory: a batch has at most kFusedIds of them.
///
/// What counts for so few values is one launch less.
template <Types kTypes>
__global__ void __launch_bounds__(kThreads, kTypes == Types::floats ? 2 : 1)
    fused_kernel(const SlotArgs args) {
  SEQFEAT_SHARED(SlotTable, slots);
  SEQFEAT_SHARED(UnitMap, map);
  SEQFEAT_SHARED(Stages, stages);
  SEQFEAT_SHARED(std::int64_t[kFusedIds], ids);
  SEQFEAT_SHARED(Windows, windows);
  const auto [chunk, g] = args.plan.groups.split(blockIdx.x);
  const detail::ColumnGroup group = group_of(args, g);
  const auto columns = static_cast<unsigned>(group.count);
  if (threadIdx.x < columns) {
    windows.begin[threadIdx.x] = static_cast<unsigned>(kFusedIds);
    windows.end[threadIdx.x] = 0;
  }
  __syncthreads();

  const Entry entry = entry_of_thread(columns);
  const detail::ColumnData& column =
      args.columns[group.first + static_cast<std::int32_t>(entry.column)];
  const detail::BatchFeature& feature = detail::features_of(args.header)[column.feature];
  const unsigned count = slots_of_chunk(args, chunk);
  const SlotSteps found = find_slot(args, feature, chunk, entry.slot, count);
  if (g == 0 && entry.column == 0) write_mask(args, found);
  if (g == 0) write_lengths(args, chunk);
  slots.count[threadIdx.x] = found.values.count;
  widen(windows, entry.column, found.values);
  const bool copies = __syncthreads_or(found.values.count > 1) == 0;

  if (threadIdx.x == 0) place_ids(windows, columns);
  __syncthreads();
  hash_windows(args, group, windows, stages, ids);
  __syncthreads();
  slots.first[threadIdx.x] =
      windows.first_id[entry.column] + found.values.begin - windows.begin[entry.column];
  const TotalIds sources{ids, nullptr};
  enter_first_row(column.table, sources, slots);
  __syncthreads();
  write_group<kTypes, false>(args, group, chunk, count, slots, map, sources, copies);
}

}  // namespace

void load_fused_kernels() {
  load_kernel(fused_kernel<Types::floats>);
  load_kernel(fused_kernel<Types::any>);
}

void enqueue_fused(const Device& device, const detail::LayerArgs& args, Stream stream) {
  detail::LayerArgs small = args;
  small.shape.nested = false;  // no step is long enough for blocks of its own
  const SlotArgs slots = slot_args(device, small);
  launch("fused_kernel", only_floats(args) ? fused_kernel<Types::floats> : fused_kernel<Types::any>,
         {slots.plan.blocks}, stream, slots);
}

}  // namespace seqfeat::cuda
