// SPDX-License-Identifier: Apache-2.0
#include "cuda/columns.cuh"
#include "cuda/kernels.hpp"
#include "cuda/schedule.hpp"
#include "cuda/tokens.cuh"

// Every value of a batch, of all columns that hash, becomes an id.

namespace seqfeat::cuda {
namespace {

/// A warp hashes `size` neighbouring values of the flat space of ids, of strings and integers
/// alike: the instructions are those of hash.cu's kernels and a 64-bit id. A layer of columns that
/// all hash has an instance that asks no column. Not yet run on a GPU.
template <bool kMixed>
__global__ void __launch_bounds__(kThreads)
    layer_hash_kernel(const detail::BatchHeader* header, const detail::ColumnData* columns,
                      std::int64_t* ids, const std::int64_t size) {
  SEQFEAT_SHARED(Stages, stages);
  SEQFEAT_SHARED(RunRoom[kWarps], rooms);
  let_next_kernel_begin();
  Stage& stage = stages[threadIdx.x / 32];
  RunRoom& room = rooms[threadIdx.x / 32];
  for_each_run(header, columns, size,
               [&](const detail::ColumnData& column, const RaggedView& view, std::int64_t first,
                   std::int64_t count, std::int64_t id) {
                 if (kMixed && column.source.kind != IdKind::hash_bucket) return;
                 hash_column(column, view, first, count, ids + id, stage, room);
               });
}

}  // namespace

void load_layer_hash_kernels() {
  load_kernel(layer_hash_kernel<false>);
  load_kernel(layer_hash_kernel<true>);
}

void enqueue_layer_hash(const Device& device, const detail::LayerArgs& args, std::int64_t* ids,
                        Stream stream) {
  const FlatPlan plan = flat_plan(device, args.shape.sizes.ids, 32);
  const auto kernel = args.shape.maps ? layer_hash_kernel<true> : layer_hash_kernel<false>;
  launch("layer_hash_kernel", kernel, {plan.blocks}, stream, args.header, args.columns, ids,
         plan.per_warp);
}

}  // namespace seqfeat::cuda
