// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "backend/memory_cursor.hpp"
#include "cpu/training.hpp"

namespace seqfeat::cpu {
namespace {

/// Arrays begin with a line of the cache.
using Cursor = detail::MemoryCursor<64>;

/// The parts of the memory, in their order. 44 bytes a value, and for every 2,048 values the list
/// of long runs and a row.
Contributions parts_of(const TrainingShape& shape, Cursor& cursor) noexcept {
  Contributions out;
  static_cast<void>(cursor.take<Contributions>(1));
  out.records = cursor.take<WideRecord>(shape.values);
  out.other_records = cursor.take<WideRecord>(shape.values);
  out.places = cursor.take<std::int64_t>(shape.values);
  out.starts = cursor.take<std::uint32_t>(shape.values + 1);
  const std::int64_t parts = shape.values / kPart * 2;
  out.long_list = cursor.take<LongRun>(parts);
  out.histograms = cursor.take<std::uint32_t>(kSorters << kDigitBits);
  out.part_sums = cursor.take<float>(parts * shape.widest);
  out.wide_rows = cursor.take<float>(
      shape.widest > kStackRow && shape.values > 0 ? kWideRows * shape.widest : 0);
  return out;
}

}  // namespace

std::int64_t training_scratch_bytes(const TrainingShape& shape) noexcept {
  Cursor cursor(nullptr);
  static_cast<void>(parts_of(shape, cursor));
  return cursor.used();
}

Contributions& lay_out(const TrainingArgs& args) noexcept {
  Cursor cursor(args.scratch);
  return *std::construct_at(static_cast<Contributions*>(args.scratch),
                            parts_of(args.shape, cursor));
}

}  // namespace seqfeat::cpu
