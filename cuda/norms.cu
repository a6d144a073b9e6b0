// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "cuda/columns.cuh"
#include "cuda/kernels.hpp"
#include "cuda/row_ids.cuh"
#include "cuda/vectors.cuh"
#include "seqfeat/combine.hpp"

// max_norm: between hash and gather, the norm of its table row is put beside each id.

namespace seqfeat::cuda {
namespace {

constexpr unsigned kWarp = 0xffffffff;
constexpr int kRows = 4;  // whose elements are on their way side by side

/// Norms of four rows, warp-wide. Null, a row of zeros, gets one with which clipping leaves zeros,
/// whatever the limit.
__device__ __forceinline__ Floats<kRows> norms_of_rows(const unsigned char* const (&rows)[kRows],
                                                       const detail::TableRule& table) {
  const std::int64_t dim = table.dim;
  const auto element = [type = table.type](const unsigned char* row, std::int64_t d) {
    return load_element(row + (d << log_size_of(type)), type);
  };
  const auto elements = [&](std::int64_t d) {
    Floats<kRows> v{};
    for (int r = 0; r < kRows; ++r) {
      if (rows[r] != nullptr) v.v[r] = element(rows[r], d);
    }
    return v;
  };
  const auto lane = static_cast<int>(threadIdx.x % 32);
  const Floats<kRows> mine = squares_of_lane<Floats<kRows>>(lane, dim, elements);
  Floats<kRows> norms{};
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    norms.v[r] = HUGE_VALF;
    if (rows[r] == nullptr) continue;  // for all lanes
    const auto of_row = [&](std::int64_t d) { return element(rows[r], d); };
    const float packet = packet_lane(lane % 8, dim, of_row,
                                     [&](int from) { return __shfl_sync(kWarp, mine.v[r], from); });
    norms.v[r] = norm_from_packet(dim, of_row,
                                  [packet](int from) { return __shfl_sync(kWarp, packet, from); });
  }
  return norms;
}

/// Norms of the rows that `count` ids name, warp-wide.
template <class Ids>
__device__ void write_norms(const detail::TableRule& table, const Ids& ids, std::int64_t first,
                            std::int64_t count, float* norms) {
  const TableRows of_table(table);
  for (std::int64_t i = 0; i < count; i += kRows) {
    const unsigned char* rows[kRows];
    for (int r = 0; r < kRows; ++r) {
      const bool there = i + r < count && ids.inside(of_table, first + i + r);
      rows[r] = there ? ids.row(of_table, first + i + r) : nullptr;
    }
    const Floats<kRows> found = norms_of_rows(rows, table);
    for (int r = 0; r < kRows; ++r) {
      if (threadIdx.x % 32 == static_cast<unsigned>(r) && i + r < count) norms[i + r] = found.v[r];
    }
  }
}

/// A warp looks at `size` neighbouring ids of the flat space of ids.
///
/// Traffic   An id, its row and a norm.
/// In flight An element of four rows a lane. Not yet run on a GPU.
__global__ void __launch_bounds__(kThreads, 3)
    layer_norms_kernel(const detail::BatchHeader* header, const detail::ColumnData* columns,
                       const std::int64_t* ids, float* norms, const std::int64_t size) {
  let_next_kernel_begin();
  wait_for_previous_kernel();
  for_each_run(header, columns, size,
               [&](const detail::ColumnData& column, const RaggedView& /*view*/,
                   std::int64_t /*first*/, std::int64_t count, std::int64_t id) {
                 if (column.kind != detail::ColumnKind::embedding || !column.table.clips) return;
                 write_norms(column.table, LayerIds{ids, nullptr}, id, count, norms + id);
               });
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
