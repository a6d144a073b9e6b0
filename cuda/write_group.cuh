// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/write_counts.cuh"
#include "cuda/write_rows.cuh"

// What the kernels that fill slots of a batch have in common.

namespace seqfeat::cuda {

/// Group `g`; where no values are wanted, a group of the first column that writes nothing.
__device__ inline detail::ColumnGroup group_of(const SlotArgs& args, std::int64_t g) {
  return args.values != nullptr ? args.groups[g] : detail::ColumnGroup{0, 1, 0, 0};
}

/// The output from element `offset` of slot `slot` on.
__device__ inline Output output_of(const SlotArgs& args, std::int64_t slot, std::int64_t offset) {
  const unsigned log_size = log_size_of(args.type);
  return {args.values + ((slot * args.row_elements + offset) << log_size), args.type,
          args.row_elements << log_size, args.plan.streaming};
}

/// Fills the `count` slots of a chunk of one group, whatever its kind; all threads take part.
template <Types kTypes, bool kClips, class Sources>
__device__ __forceinline__ void write_group(const SlotArgs& args, const detail::ColumnGroup& group,
                                            std::int64_t chunk, unsigned count,
                                            const SlotTable& slots, UnitMap& map,
                                            const Sources& sources, bool copies) {
  const detail::ColumnData* const columns = args.columns + group.first;
  const Output out = output_of(args, chunk * args.plan.slots, group.offset);
  if (columns->kind == detail::ColumnKind::embedding) {
    const auto table_of = [columns](unsigned c) -> const detail::TableRule& {
      return columns[c].table;
    };
    write_rows<kTypes, kClips>(slots, count, static_cast<unsigned>(group.count), map, table_of,
                               sources, out, copies);
  } else {
    write_counts<kTypes>(slots, count, sources.ids, group.width, out, !copies);
  }
}

}  // namespace seqfeat::cuda
