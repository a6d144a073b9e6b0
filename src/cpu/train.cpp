// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "backend/simd.hpp"
#include "cpu/ops.hpp"
#include "cpu/row_loops.hpp"
#include "cpu/training.hpp"

// The last two training ops: runs of contributions are cut into chunks for threads. A run is summed
// by one thread in one order, so that neither chunks nor threads change a bit; a long run's parts
// are those of its own tree of sums.

namespace seqfeat::cpu {
namespace {

/// The first run whose key is not below `key`.
std::int64_t first_run_of(const Contributions& c, std::int64_t key) noexcept {
  return detail::first_that_fails(std::int64_t{0}, c.runs,
                                  [&](std::int64_t run) { return c.key(c.starts[run]) < key; });
}

/// The run in which contribution `at` begins, or the one behind it.
std::int64_t run_from(const Contributions& c, std::int64_t at) noexcept {
  return std::lower_bound(c.starts, c.starts + c.runs, at) - c.starts;
}

/// Sums the parts of long runs.
void sum_parts(ThreadPool& pool, const TrainingArgs& args, const RowJob& all) {
  const Contributions& c = *all.contributions;
  pool.run(c.parts, [&](std::int64_t part) {
    const LongRun* run =
        std::upper_bound(c.long_list, c.long_list + c.long_runs, part,
                         [](std::int64_t p, const LongRun& r) { return p < r.first_part; }) -
        1;
    RowJob job = all;
    job.table = &args.tables[table_of_key(args, c.key(c.starts[run->run]))];
    const std::int64_t begin = c.starts[run->run] + (part - run->first_part) * kPart;
    const std::int64_t end = std::min<std::int64_t>(c.starts[run->run + 1], begin + kPart);
    GradientsAhead ahead(job, begin, end);
    sum_part(job, begin, end, ahead, c.part_sums + part * args.shape.widest);
  });
}

/// Calls `use(job, first run, end)` for runs that are each of one table.
template <class Use>
void for_each_table(const TrainingArgs& args, RowJob& job, std::int64_t first, std::int64_t end,
                    const Use& use) {
  const Contributions& c = *job.contributions;
  while (first < end) {
    const std::int32_t t = table_of_key(args, c.key(c.starts[first]));
    job.table = &args.tables[t];
    const std::int64_t last_key = job.table->first_key + job.table->rows - 1;
    const std::int64_t last =
        c.key(c.starts[end - 1]) <= last_key ? end : first_run_of(c, last_key + 1);
    use(t, first, last);
    first = last;
  }
}

/// Calls `use(job, table, first run, end)` for all runs, on all threads.
template <class Use>
void for_each_chunk(ThreadPool& pool, const TrainingArgs& args, const RowJob& all,
                    std::int64_t bytes, const Use& use) {
  const Contributions& c = *all.contributions;
  if (c.count == 0) return;
  sum_parts(pool, args, all);
  const auto do_chunk = [&](const Chunks& chunks, std::int64_t chunk, float* buffer) {
    RowJob job = all;
    job.buffer = buffer;
    const std::int64_t first = run_from(c, chunk * chunks.size);
    const std::int64_t end = run_from(c, std::min(c.count, (chunk + 1) * chunks.size));
    for_each_table(args, job, first, end, [&](std::int32_t t, std::int64_t from, std::int64_t to) {
      use(job, t, from, to);
    });
  };
  if (args.shape.widest <= kStackRow) {
    const Chunks chunks(c.count, bytes, pool.threads());
    pool.run(chunks.count, [&](std::int64_t chunk) {
      alignas(64) std::array<float, kStackRow> buffer;  // NOLINT(*-init): written before it is read
      do_chunk(chunks, chunk, buffer.data());
    });
  } else {
    Chunks chunks(c.count, bytes, 1);
    chunks.size = std::max(chunks.size, (c.count - 1) / kWideRows + 1);
    chunks.count = (c.count - 1) / chunks.size + 1;
    pool.run(chunks.count, [&](std::int64_t chunk) {
      do_chunk(chunks, chunk, c.wide_rows + chunk * args.shape.widest);
    });
  }
}

RowJob job_of(const TrainingArgs& args, const GradientArgs& gradient) noexcept {
  RowJob job;
  job.loops = &row_loops();
  job.contributions = &contributions_of(args);
  job.gradient = gradient;
  job.part_pitch = args.shape.widest;
  return job;
}

}  // namespace

const RowLoops& row_loops() noexcept {
#if defined(__x86_64__)
  const detail::Simd simd = detail::in_use(detail::Part::rows);
  if (simd >= detail::Simd::avx512) return kAvx512Rows;
  if (simd >= detail::Simd::avx2) return kAvx2Rows;
#endif
  return kScalarRows;
}

void update(ThreadPool& pool, const TrainingArgs& args, const GradientArgs& gradient,
            const UpdateArgs& step) {
  RowJob all = job_of(args, gradient);
  all.step = &step;
  const auto kind = static_cast<int>(step.kind);
  const std::int64_t bytes = args.shape.widest * 4 * (2 + slots_per_element(step.kind));
  for_each_chunk(pool, args, all, bytes,
                 [&](RowJob& job, std::int32_t t, std::int64_t first, std::int64_t end) {
                   job.state = &step.states[t];
                   const auto type = static_cast<int>(job.table->type);
                   job.loops->update[kind][type](job, first, end);
                 });
}

void sum_gradients(ThreadPool& pool, const TrainingArgs& args, const GradientArgs& gradient,
                   const SparseRows* tables) {
  const RowJob all = job_of(args, gradient);
  const Contributions& c = *all.contributions;
  const auto first_run = [&](std::int32_t t) {
    return c.count == 0 ? 0 : first_run_of(c, args.tables[t].first_key);
  };
  for (std::int32_t t = 0; t < args.shape.tables; ++t) {
    const std::int64_t end =
        t + 1 < args.shape.tables ? first_run(t + 1) : (c.count == 0 ? 0 : c.runs);
    *tables[t].count = end - first_run(t);
  }
  for_each_chunk(pool, args, all, args.shape.widest * 8,
                 [&](RowJob& job, std::int32_t t, std::int64_t first, std::int64_t end) {
                   job.sparse = tables[t];
                   job.first_run = first_run(t);
                   job.loops->write[static_cast<int>(job.table->type)](job, first, end);
                 });
}

}  // namespace seqfeat::cpu
