// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/launch.cuh"
#include "cuda/slots.cuh"
#include "cuda/vectors.cuh"

// Where the rows of a step come from: ids that all are rows of their tables, or ids that may not
// be.

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

/// Ids of which those of embeddings all have rows.
struct TotalIds {
  static constexpr bool kTotal = true;
  const std::int64_t* ids;
  const float* norms;  ///< Beside the ids, where a table clips.

  [[nodiscard]] __device__ __forceinline__ bool inside(const TableRows& /*table*/,
                                                       std::int64_t /*i*/) const {
    return true;
  }
  /// The row of the i-th id.
  [[nodiscard]] __device__ __forceinline__ const unsigned char* row(const TableRows& table,
                                                                    std::int64_t i) const {
    const auto id = static_cast<std::uint64_t>(ids[i]);
    return reinterpret_cast<const unsigned char*>(table.base + id * table.row_bytes);
  }
};

/// Ids that may lie outside the table: their rows are zeros. `AllIds` gives the i-th by [i].
template <class AllIds>
struct AnyIds {
  static constexpr bool kTotal = false;
  AllIds ids;
  const float* norms;

  [[nodiscard]] __device__ __forceinline__ bool inside(const TableRows& table,
                                                       std::int64_t i) const {
    return static_cast<std::uint64_t>(ids[i]) < table.rows;
  }
  /// Without a branch, so that the loads of many ids go out before those of their rows.
  [[nodiscard]] __device__ __forceinline__ const unsigned char* row(const TableRows& table,
                                                                    std::int64_t i) const {
    const auto id = static_cast<std::uint64_t>(ids[i]);
    const std::uintptr_t there = table.base + id * table.row_bytes;
    const auto zeros = reinterpret_cast<std::uintptr_t>(&kZeros);
    return reinterpret_cast<const unsigned char*>(id < table.rows ? there : zeros);
  }
};
using GivenIds = AnyIds<detail::Ids>;           ///< Of a lookup.
using MappedIds = AnyIds<const std::int64_t*>;  ///< Of a layer some of whose sources are not total.

/// The row of the first id of the thread's entry, so that entries of one value need no more.
template <class Sources>
__device__ __forceinline__ void enter_first_row(const detail::TableRule& table,
                                                const Sources& sources, SlotTable& slots) {
  const unsigned e = threadIdx.x;
  const TableRows rows(table);
  const bool there = slots.count[e] > 0 && sources.inside(rows, slots.first[e]);
  slots.row[e] = there ? sources.row(rows, slots.first[e]) : nullptr;
}

}  // namespace seqfeat::cuda
