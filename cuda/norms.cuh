// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "cuda/columns.cuh"
#include "cuda/row_ids.cuh"
#include "cuda/vectors.cuh"
#include "seqfeat/combine.hpp"

// Sums of products over rows, and so the norms of table rows, warp-wide.

namespace seqfeat::cuda {

/// Rows whose elements are on their way side by side.
inline constexpr int kNormRows = 4;

/// The sum of products over a row from the lanes' shares, warp-wide.
template <class Product>
[[nodiscard]] __device__ __forceinline__ float sum_from_warp(std::int64_t dim,
                                                             const Product& product,
                                                             float of_lane) {
  const auto lane = static_cast<int>(threadIdx.x % 32);
  const float packet = packet_of_products(lane % 8, dim, product, [of_lane](int from) {
    return __shfl_sync(0xffffffff, of_lane, from);
  });
  return sum_from_packet(dim, product,
                         [packet](int from) { return __shfl_sync(0xffffffff, packet, from); });
}

/// Norms of four rows, warp-wide. Null, a row of zeros, gets one with which clipping leaves zeros,
/// whatever the limit.
__device__ __forceinline__ Floats<kNormRows> norms_of_rows(
    const unsigned char* const (&rows)[kNormRows], const detail::TableRule& table) {
  const std::int64_t dim = table.dim;
  const auto element = [type = table.type](const unsigned char* row, std::int64_t d) {
    return load_element(row + (d << log_size_of(type)), type);
  };
  const auto elements = [&](std::int64_t d) {
    Floats<kNormRows> v{};
#pragma unroll
    for (int r = 0; r < kNormRows; ++r) {
      if (rows[r] != nullptr) v.v[r] = element(rows[r], d);
    }
    return v;
  };
  const auto lane = static_cast<int>(threadIdx.x % 32);
  const Floats<kNormRows> mine = squares_of_lane<Floats<kNormRows>>(lane, dim, elements);
  Floats<kNormRows> norms{};
#pragma unroll
  for (int r = 0; r < kNormRows; ++r) {
    norms.v[r] = HUGE_VALF;
    if (rows[r] == nullptr) continue;  // for all lanes
    const auto of_row = [&](std::int64_t d) { return element(rows[r], d); };
    const float packet = packet_lane(
        lane % 8, dim, of_row, [&](int from) { return __shfl_sync(0xffffffff, mine.v[r], from); });
    norms.v[r] = norm_from_packet(
        dim, of_row, [packet](int from) { return __shfl_sync(0xffffffff, packet, from); });
  }
  return norms;
}

/// Norms of the rows that `count` ids name, warp-wide.
template <class Ids>
__device__ void write_norms(const detail::TableRule& table, const Ids& ids, std::int64_t first,
                            std::int64_t count, float* norms) {
  const TableRows of_table(table);
  for (std::int64_t i = 0; i < count; i += kNormRows) {
    const unsigned char* rows[kNormRows];
#pragma unroll
    for (int r = 0; r < kNormRows; ++r) {
      const bool there = i + r < count && ids.inside(of_table, first + i + r);
      rows[r] = there ? ids.row(of_table, first + i + r) : nullptr;
    }
    const Floats<kNormRows> found = norms_of_rows(rows, table);
#pragma unroll
    for (int r = 0; r < kNormRows; ++r) {
      if (threadIdx.x % 32 == static_cast<unsigned>(r) && i + r < count) norms[i + r] = found.v[r];
    }
  }
}

/// Puts norms beside the `size` neighbouring ids, of the flat space of ids, of this warp.
__device__ __forceinline__ void write_layer_norms(const detail::BatchHeader* header,
                                                  const detail::ColumnData* columns,
                                                  const std::int64_t* ids, float* norms,
                                                  std::int64_t size) {
  for_each_run(header, columns, size,
               [&](const detail::ColumnData& column, const RaggedView& /*view*/,
                   std::int64_t /*first*/, std::int64_t count, std::int64_t id) {
                 if (column.kind != detail::ColumnKind::embedding || !column.table.clips) return;
                 write_norms(column.table, LayerIds{ids, nullptr}, id, count, norms + id);
               });
}

}  // namespace seqfeat::cuda
