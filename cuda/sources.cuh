// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/launch.cuh"
#include "cuda/slots.cuh"
#include "cuda/vectors.cuh"

// Where the rows of a step come from: ids that were hashed, which are rows of their tables, or ids
// that somebody gives.

namespace seqfeat::cuda {

/// What is read in place of a row outside the table, so that it takes no branch.
static __device__ const uint4 kZeros = {0, 0, 0, 0};

__device__ __forceinline__ const unsigned char* row_at(const detail::TableRule& table,
                                                       std::int64_t id) {
  return static_cast<const unsigned char*>(table.data) +
         ((id * table.pitch) << log_size_of(table.type));
}

/// Ids of the layer's own hash.
struct HashedIds {
  const std::int64_t* ids;
  const float* norms;  ///< Beside the ids, where a table clips.

  [[nodiscard]] __device__ __forceinline__ bool inside(const detail::TableRule& /*table*/,
                                                       std::int64_t /*i*/) const {
    return true;
  }
  /// Byte `byte` of the row of the i-th id.
  [[nodiscard]] __device__ __forceinline__ const unsigned char* row(const detail::TableRule& table,
                                                                    std::int64_t i,
                                                                    std::uint64_t byte) const {
    return row_at(table, ids[i]) + byte;
  }
};

/// Ids that may lie outside the table: their rows are zeros.
struct GivenIds {
  detail::Ids ids;
  const float* norms;

  [[nodiscard]] __device__ __forceinline__ bool inside(const detail::TableRule& table,
                                                       std::int64_t i) const {
    return static_cast<std::uint64_t>(ids[i]) < static_cast<std::uint64_t>(table.rows);
  }
  [[nodiscard]] __device__ __forceinline__ const unsigned char* row(const detail::TableRule& table,
                                                                    std::int64_t i,
                                                                    std::uint64_t byte) const {
    return inside(table, i) ? row_at(table, ids[i]) + byte
                            : reinterpret_cast<const unsigned char*>(&kZeros);
  }
};

/// The row of the first id of the thread's entry, so that entries of one value need no more.
template <class Sources>
__device__ __forceinline__ void enter_first_row(const detail::TableRule& table,
                                                const Sources& sources, SlotTable& slots) {
  const unsigned e = threadIdx.x;
  const bool there = slots.count[e] > 0 && sources.inside(table, slots.first[e]);
  slots.row[e] = there ? sources.row(table, slots.first[e], 0) : nullptr;
}

}  // namespace seqfeat::cuda
