// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/norms.cuh"
#include "cuda/schedule.hpp"

// max_norm: between hash and gather, the norm of its table row is put beside each id.

namespace seqfeat::cuda {
namespace {

/// A warp looks at `size` neighbouring ids of the flat space of ids.
///
/// Traffic   An id, its row and a norm.
/// In flight An element of four rows a lane.
__global__ void __launch_bounds__(kThreads, 3)
    layer_norms_kernel(const detail::BatchHeader* header, const detail::ColumnData* columns,
                       const std::int64_t* ids, float* norms, const std::int64_t size) {
  let_next_kernel_begin();
  wait_for_previous_kernel();
  write_layer_norms(header, columns, ids, norms, size);
}

/// A warp looks at `size` neighbouring ids of one table.
__global__ void __launch_bounds__(kThreads, 3)
    norms_kernel(const detail::TableRule table, const detail::Ids ids, const std::int64_t count,
                 float* norms, const std::int64_t size) {
  const std::int64_t begin = (std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32) * size;
  const std::int64_t rest = count - begin;
  if (rest > 0)
    write_norms(table, GivenIds{ids, nullptr}, begin, rest < size ? rest : size, norms + begin);
}

}  // namespace

void load_norms_kernels() {
  load_kernel(layer_norms_kernel);
  load_kernel(norms_kernel);
}

void enqueue_layer_norms(const Device& device, const detail::LayerArgs& args,
                         const std::int64_t* ids, float* norms, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.shape.sizes.ids, 8);
  launch("layer_norms_kernel", layer_norms_kernel, {plan.blocks, device.overlaps_kernels}, stream,
         args.header, args.columns, ids, norms, plan.per_warp);
}

void enqueue_norms(const Device& device, const detail::LookupArgs& args, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.id_count, 8);
  launch("norms_kernel", norms_kernel, {plan.blocks}, stream, args.table, args.ids, args.id_count,
         args.norms, plan.per_warp);
}

}  // namespace seqfeat::cuda
