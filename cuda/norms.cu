// SPDX-License-Identifier: Apache-2.0
#include "cuda/columns.cuh"
#include "cuda/kernels.hpp"
#include "cuda/schedule.hpp"
#include "cuda/slots.cuh"
#include "seqfeat/combine.hpp"

// max_norm: between hash and gather, the norm of its table row is put beside each id.

namespace seqfeat::cuda {
namespace {

/// The norm of row `id`, warp-wide; 0 for an id outside the table.
__device__ float norm_of_row(const detail::TableRule& table, std::int64_t id) {
  constexpr unsigned kWarp = 0xffffffff;
  if (!holds(table, id)) return 0.0F;
  const float* row = static_cast<const float*>(table.data) + id * table.pitch;
  const auto element = [row](std::int64_t d) { return row[d]; };
  const float mine = squares_of_lane(static_cast<int>(threadIdx.x % 32), table.dim, element);
  return norm_from_lanes(table.dim, element,
                         [mine](int lane) { return __shfl_sync(kWarp, mine, lane); });
}

/// Norms of the rows that `count` ids name, warp-wide, one row after another.
__device__ void write_norms(const detail::TableRule& table, const std::int64_t* ids,
                            std::int64_t count, float* norms) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float norm = norm_of_row(table, ids[i]);
    if (threadIdx.x % 32 == 0) norms[i] = norm;
  }
}

/// A warp looks at `size` neighbouring ids of the flat space of ids.
__global__ void __launch_bounds__(kThreads)
    layer_norms_kernel(const detail::BatchHeader* header, const detail::ColumnData* columns,
                       const std::int64_t* ids, float* norms, const std::int64_t size) {
  let_next_kernel_begin();
  wait_for_previous_kernel();
  for_each_run(header, columns, size,
               [&](const detail::ColumnData& column, const RaggedView& /*view*/,
                   std::int64_t /*first*/, std::int64_t count, std::int64_t id) {
                 if (column.kind != detail::ColumnKind::embedding || !column.table.clips) return;
                 write_norms(column.table, ids + id, count, norms + id);
               });
}

/// A warp looks at `size` neighbouring ids of one table.
__global__ void __launch_bounds__(kThreads)
    norms_kernel(const detail::TableRule table, const std::int64_t* ids, const std::int64_t count,
                 float* norms, const std::int64_t size) {
  const std::int64_t begin = (std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32) * size;
  const std::int64_t rest = count - begin;
  if (rest > 0) write_norms(table, ids + begin, rest < size ? rest : size, norms + begin);
}

}  // namespace

void load_norms_kernels() {
  load_kernel(layer_norms_kernel);
  load_kernel(norms_kernel);
}

void enqueue_layer_norms(const Device& device, const detail::LayerArgs& args,
                         const std::int64_t* ids, float* norms, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.shape.ids, 8);
  launch("layer_norms_kernel", layer_norms_kernel, {plan.blocks, device.overlaps_kernels}, stream,
         args.header, args.columns, ids, norms, plan.per_warp);
}

void enqueue_norms(const Device& device, const detail::LookupArgs& args, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.id_count, 8);
  launch("norms_kernel", norms_kernel, {plan.blocks}, stream, args.table,
         static_cast<const std::int64_t*>(args.ids.data), args.id_count, args.norms, plan.per_warp);
}

}  // namespace seqfeat::cuda
