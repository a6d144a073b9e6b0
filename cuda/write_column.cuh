// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/write_counts.cuh"
#include "cuda/write_rows.cuh"

namespace seqfeat::cuda {

/// Fills a block's slots of one column's slice, whatever its kind; all threads take part.
template <bool kClips>
__device__ void write_column(const SlotArgs& args, const detail::ColumnData& column,
                             const SlotTable& slots, const std::int64_t* ids, const float* norms,
                             bool multiple) {
  const auto count = static_cast<unsigned>(args.plan.slots);
  const bool streaming = args.plan.streaming;
  const std::uint64_t bits =
      reinterpret_cast<std::uintptr_t>(args.values) |
      static_cast<std::uint64_t>(args.row_floats | column.offset) * sizeof(float);
  if (column.kind == detail::ColumnKind::embedding) {
    write_rows<kClips>(slots, count, {column.table, ids, norms, args.values, streaming}, bits,
                       multiple);
  } else if (column.kind == detail::ColumnKind::indicator) {
    write_counts(slots, count, ids, column.width, args.values, bits, multiple, streaming);
  }
}

}  // namespace seqfeat::cuda
