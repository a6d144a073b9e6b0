// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/launch.cuh"
#include "cuda/port.cuh"

// The values of all columns stand one behind another, as their ids do: a flat space that warps cut
// into equal pieces, whatever the columns' sizes.

namespace seqfeat::cuda {

/// Reports faults of one column's row; the smallest word of all stays.
class Report {
 public:
  __device__ Report(detail::BatchHeader* header, std::int64_t column, std::int64_t row)
      : status_(reinterpret_cast<unsigned long long*>(&header->status)),
        column_(column),
        row_(row) {}

  __device__ void operator()(std::int64_t step, detail::Fault fault) const {
    atomicMin(status_,
              static_cast<unsigned long long>(detail::status_word(column_, row_, step, fault)));
  }

 private:
  unsigned long long* status_;
  std::int64_t column_;
  std::int64_t row_;
};

/// The column to which the id at `id` belongs: the last one that begins there or before.
SEQFEAT_HD inline std::int32_t column_of_id(const std::int64_t* first_ids, std::int32_t columns,
                                            std::int64_t id) {
  return detail::last_that_holds(0, columns - 1,
                                 [&](std::int32_t c) { return first_ids[c] <= id; });
}

/// Calls `run(column, view, first, count, id)` for the pieces of this warp's `size` ids that belong
/// to one column each: `count` values of `view` from `first` on, whose ids begin at `id`.
template <class Run>
__device__ void for_each_run(const detail::BatchHeader* header, const detail::ColumnData* columns,
                             std::int64_t size, const Run& run) {
  const std::int64_t* first_ids = detail::first_ids_of(header);
  const std::int64_t total = first_ids[header->columns];
  const std::int64_t warp = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  const std::int64_t begin = warp * size;
  const std::int64_t end = begin + size < total ? begin + size : total;
  if (begin >= end) return;
  std::int32_t c = column_of_id(first_ids, header->columns, begin);
  std::int64_t id = begin;
  for (auto rest = static_cast<std::int32_t>(end - begin); rest > 0; ++c) {
    const std::int64_t first = detail::first_ids_of(header)[c];
    const std::int64_t here = detail::first_ids_of(header)[c + 1] - id;
    if (here <= 0) continue;
    const detail::ColumnData& column = columns[c];
    const auto count = static_cast<std::int32_t>(here < rest ? here : rest);
    run(column, detail::features_of(header)[column.feature].view, id - first, count, id);
    id += count;
    rest -= count;
  }
}

}  // namespace seqfeat::cuda
