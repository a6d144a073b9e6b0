// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/gather.hpp"
#include "cpu/ops.hpp"

namespace seqfeat::cpu {

void lookup(ThreadPool& pool, const detail::LookupArgs& args) {
  RaggedView view;
  view.step_offsets = args.step_offsets;
  view.value_count = args.id_count;
  const std::int64_t mean_ids = args.id_count / std::max<std::int64_t>(args.steps, 1);
  const std::int64_t row_bytes = args.table.dim * size_of(args.table.type);
  const Chunks chunks(args.steps, args.table.dim * size_of(args.out_type) + row_bytes * mean_ids,
                      pool.threads());
  const bool asks_ahead = args.table.rows > kCachedBytes / row_bytes;
  const Cells out{args.out, args.out_type};
  pool.run(chunks.count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * chunks.size;
    combine_steps(args.table, {view, args.ids, args.norms, args.steps, asks_ahead}, begin,
                  std::min(args.steps - begin, chunks.size), out.from(begin * args.out_pitch),
                  args.out_pitch);
  });
}

}  // namespace seqfeat::cpu
