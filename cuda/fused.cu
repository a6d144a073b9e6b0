// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/tokens.cuh"
#include "cuda/write_column.cuh"

// The one kernel of a small batch: tokens -> values, mask and lengths.

namespace seqfeat::cuda {
namespace {

/// The values [begin, end) from which a block's slots are filled, gaps included.
struct Window {
  unsigned begin;
  unsigned end;
};

/// Widens the block's window so that it holds this thread's values.
__device__ void widen(Window& window, const StepRange& values) {
  if (values.count <= 0) return;
  atomicMin(&window.begin, static_cast<unsigned>(values.begin));
  atomicMax(&window.end, static_cast<unsigned>(values.begin + values.count));
}

/// A block fills `plan.slots` slots of one column. Its warps hash the values from which it does
/// into shared memory: a column has at most kFusedIds of them.
__global__ void __launch_bounds__(kThreads, 2) fused_kernel(const SlotArgs args) {
  SEQFEAT_SHARED(SlotTable, slots);
  SEQFEAT_SHARED(Stages, stages);
  SEQFEAT_SHARED(std::int64_t[kFusedIds], ids);
  SEQFEAT_SHARED(Window, window);
  if (threadIdx.x == 0) window = {static_cast<unsigned>(kFusedIds), 0};
  __syncthreads();

  const auto [chunk, c] = args.plan.columns.split(blockIdx.x);
  const detail::ColumnData& column = args.columns[c];
  const detail::BatchFeature& feature = detail::features_of(args.header)[column.feature];
  const SlotSteps found = find_slot(args, feature, chunk, threadIdx.x);
  if (c == 0) write_lengths(args, feature, chunk, found);
  if (column.kind == detail::ColumnKind::ids_only) return;
  enter_slot(args, column, found, slots);
  widen(window, found.values);
  const bool multiple = __syncthreads_or(found.values.count > 1) != 0;

  const unsigned first = window.begin;
  const unsigned piece = 32 * (threadIdx.x / 32);
  for (unsigned begin = first + piece; begin < window.end; begin += kThreads) {
    const unsigned rest = window.end - begin;
    hash_run(tokens_of(feature.view), begin, rest < 32 ? rest : 32, stages[threadIdx.x / 32],
             [&](std::int64_t i, std::uint64_t fingerprint) {
               ids[begin - first + i] = static_cast<std::int64_t>(column.buckets(fingerprint));
             });
  }
  __syncthreads();
  slots.first[threadIdx.x] = found.values.begin - first;
  enter_first_row(column.table, ids, nullptr, slots);
  __syncthreads();
  write_column<false>(args, column, slots, ids, nullptr, multiple);
}

}  // namespace

void load_fused_kernels() {
  load_kernel(fused_kernel);
}

void enqueue_fused(const Device& device, const detail::LayerArgs& args, Stream stream) {
  const SlotArgs slots = slot_args(device, args);
  launch("fused_kernel", fused_kernel, {slots.plan.blocks}, stream, slots);
}

}  // namespace seqfeat::cuda
