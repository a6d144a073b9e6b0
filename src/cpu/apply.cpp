// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "cpu/training.hpp"

// A gradient that was summed already becomes runs of one contribution each, in the order that they
// have, and then an update like any other.

namespace seqfeat::cpu {

void apply(ThreadPool& pool, const detail::AppliedRows& rows, const UpdateArgs& step) {
  TrainingArgs args;
  args.shape = rows.shape;
  args.tables = &rows.table;
  args.scratch = rows.scratch;
  Contributions& c = lay_out(args);
  c.unit = rows.table.dim;
  c.wide = rows.shape.keys > UINT32_MAX;
  c.count = *rows.rows.count;
  c.runs = c.count;
  const std::int64_t* ids = rows.rows.ids;
  for (std::int64_t i = 0; i < c.count; ++i) {
    const auto key = static_cast<std::uint64_t>(rows.table.first_key + ids[i]);
    const auto number = static_cast<std::uint32_t>(i);
    if (c.wide) {
      static_cast<WideRecord*>(c.records)[i] = {key, number, 1.0F};
      c.places[i] = i * c.unit;
    } else {
      static_cast<NarrowRecord*>(c.records)[i] = key << 32 | number;
    }
    c.starts[i] = number;
  }
  c.starts[c.runs] = static_cast<std::uint32_t>(c.count);
  update(pool, args, {rows.rows.rows, FloatType::float32}, step);
}

}  // namespace seqfeat::cpu
