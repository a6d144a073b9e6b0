// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "backend/ops.hpp"
#include "cuda/launch.cuh"
#include "cuda/slots.cuh"
#include "cuda/vectors.cuh"
#include "seqfeat/combine.hpp"

// From ids to the rows of a table. An id outside the table names a row of zeros.

namespace seqfeat::cuda {

/// What is read in place of a row outside the table, so that it takes no branch.
static __device__ const uint4 kZeros = {0, 0, 0, 0};

/// The rows of a table from one of their bytes on.
struct TableRows {
  __device__ __forceinline__ explicit TableRows(const detail::TableRule& table,
                                                std::uint64_t byte = 0)
      : base(reinterpret_cast<std::uintptr_t>(table.data) + byte),
        row_bytes(static_cast<std::uint64_t>(table.pitch) << log_size_of(table.type)),
        rows(static_cast<std::uint64_t>(table.rows)) {}

  std::uintptr_t base;
  std::uint64_t row_bytes;
  std::uint64_t rows;
};

/// The ids of all segments. `Ids` gives the i-th by [i].
template <class Ids>
struct RowIds {
  /// A lookup has one table, so that a kernel for those that clip clips every row.
  static constexpr bool kOneTable = std::is_same_v<Ids, detail::Ids>;

  Ids ids;
  const float* norms;                    ///< Beside the ids, where a table clips.
  const ValueWeight* weights = nullptr;  ///< Likewise, where a column is weighted.

  [[nodiscard]] __device__ __forceinline__ bool inside(const TableRows& table,
                                                       std::int64_t i) const {
    return static_cast<std::uint64_t>(ids[i]) < table.rows;
  }
  /// The row of the i-th id. Without a branch, so that the loads of many ids go out before those of
  /// their rows.
  [[nodiscard]] __device__ __forceinline__ const unsigned char* row(const TableRows& table,
                                                                    std::int64_t i) const {
    const auto id = static_cast<std::uint64_t>(ids[i]);
    const std::uintptr_t there = table.base + id * table.row_bytes;
    const auto zeros = reinterpret_cast<std::uintptr_t>(&kZeros);
    return reinterpret_cast<const unsigned char*>(id < table.rows ? there : zeros);
  }
};
using GivenIds = RowIds<detail::Ids>;          ///< Of a lookup.
using LayerIds = RowIds<const std::int64_t*>;  ///< Of a layer.

/// Enters the row of the first id of the thread's segment: a segment of one value needs no more.
template <class Ids>
__device__ __forceinline__ void enter_first_row(const detail::TableRule& table, const Ids& ids,
                                                SegmentTable& segments) {
  const unsigned s = threadIdx.x;
  const TableRows rows(table);
  const bool there = segments.count[s] > 0 && ids.inside(rows, segments.first[s]);
  segments.row[s] = there ? ids.row(rows, segments.first[s]) : nullptr;
}

}  // namespace seqfeat::cuda
