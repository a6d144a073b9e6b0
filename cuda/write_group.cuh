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

/// The output from element `offset` of each slot on.
__device__ inline Output output_of(const SlotArgs& args, std::int64_t offset) {
  return {args.values, args.type, args.row_elements, offset, args.plan.streaming};
}

/// Puts the thread's slot into the table: where it is written.
__device__ inline void enter_slot(const SlotArgs& args, const detail::ColumnGroup& group,
                                  const Entry& entry, const SlotSteps& found, SlotTable& slots) {
  if (entry.column != 0 || entry.slot >= args.plan.slots) return;
  slots.place[entry.slot] = found.slot < 0 ? -1
                                           : (found.slot * args.row_elements + group.offset)
                                                 << log_size_of(args.type);
}

/// Fills a block's slots of one group, whatever its kind; all threads take part.
template <Types kTypes, bool kClips>
__device__ __forceinline__ void write_group(const SlotArgs& args, const detail::ColumnGroup& group,
                                            const SlotTable& slots, UnitMap& map,
                                            const HashedIds& sources, bool copies) {
  const detail::ColumnData* const columns = args.columns + group.first;
  const auto count = static_cast<unsigned>(args.plan.slots);
  const Output out = output_of(args, group.offset);
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
