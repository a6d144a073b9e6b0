// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#include "bench/cpu/plain_layer.hpp"

// layer/…, small/…: parsed features become values, lengths and a mask; end_to_end/…: the bytes of a
// TFRecord file do.

namespace seqfeat::bench {
namespace {

/// Adds to `job` the tokens of a pass over `batches`, the bytes of table rows read and of outputs
/// written, and the baselines that move as much: memcpy, and a fill of the outputs alone.
void add_layer_limits(CpuJob& job, const CpuContext& context, const LayerRunner& runner,
                      const std::vector<Features>& batches) {
  const std::int64_t floats = runner.layer().dim();
  std::vector<std::int64_t> written;
  std::int64_t moved = 0;
  for (const Features& batch : batches) {
    const BatchSizes c = runner.layer().measure(batch);
    written.push_back(c.rows * (c.padded_steps * (floats * 4 + 1) + 8));
    job.tokens += c.tokens;
    moved += c.tokens * floats * 4 + written.back();
  }
  job.bytes += moved;
  job.baselines.push_back(memcpy_of(context, job.bytes));
  if (context.threads > 1) job.baselines.push_back(memcpy_of(context, job.bytes, context.threads));
  job.baselines.push_back(fill_of(context, std::move(written)));
}

/// What is in the runner's outputs, of `batch` with its tokens under `key`, held against a plain
/// loop: "" or the first difference.
std::string difference_of(const LayerRunner& runner, const Features& batch,
                          const std::string& key) {
  return difference_from_plain(*batch.find(key), runner.layer().table(key + "_embedding"),
                               runner.layer().measure(batch), runner.outputs());
}

CpuJob layer_job(const CpuContext& context, Source source, std::int64_t dim, std::int64_t buckets) {
  auto batches = std::make_shared<std::vector<Features>>(batches_of(source(context)));
  auto runner = std::make_shared<LayerRunner>(std::vector{tokens_column(dim, buckets)},
                                              context.backend, kCut);
  runner->reserve(*batches);
  CpuJob job;
  add_layer_limits(job, context, *runner, *batches);
  job.ours = [batches, runner] {
    for (const Features& batch : *batches) runner->run(batch);
  };
  job.difference = [batches, runner] { return difference_of(*runner, batches->back(), "tokens"); };
  return job;
}

/// Serving: one row, everything in the caches.
CpuJob small_job(const CpuContext& context) {
  auto batches = std::make_shared<std::vector<Features>>();
  batches->push_back(words(1, 20));
  auto runner = std::make_shared<LayerRunner>(columns_of(1, 1000, 64), context.backend,
                                              LayerOptions{.max_length = 512});
  runner->reserve(*batches);
  CpuJob job;
  job.tokens = 20;
  job.bytes = 2 * 20 * 64 * 4;
  job.ours = [batches, runner] { runner->run(batches->front()); };
  auto values = std::make_shared<std::vector<float>>(20 * 64);
  job.baselines.push_back(
      {"plain loop", [batches, runner, values, table = runner->layer().table("c0_embedding")] {
         hash_and_copy(*batches->front().find("c0"), table, values->data());
       }});
  job.difference = [batches, runner] { return difference_of(*runner, batches->front(), "c0"); };
  return job;
}

/// What one thread needs to make outputs of records.
struct Worker {
  ExampleParser parser{kTokens, RecordKind::example};
  LayerRunner runner;

  /// Reads a batch; false if no record is left.
  bool read(TfRecordReader& reader) {
    parser.clear();
    while (parser.rows() < kBatchRows) {
      const auto record = reader.next();
      if (!record) break;
      parser.add(*record, parser.rows());
    }
    return parser.rows() > 0;
  }
};

/// Threads take batches in turn: one reads while the others compute.
CpuJob end_to_end_job(const CpuContext& context, Source source, std::int64_t dim,
                      std::int64_t buckets) {
  auto records = std::make_shared<Records>(source(context));
  auto batches = std::make_shared<std::vector<Features>>(batches_of(*records));
  auto workers = std::make_shared<std::vector<Worker>>();
  const CpuContext alone = context.with_one_thread();
  for (int i = 0; i < context.threads; ++i) {
    workers->push_back({.runner = {{tokens_column(dim, buckets)}, alone.backend, kCut}});
    workers->back().runner.reserve(*batches);
  }
  CpuJob job;
  job.bytes = std::ssize(records->bytes);
  add_layer_limits(job, context, workers->front().runner, *batches);
  job.ours = [records, workers, pool = context.pool] {
    TfRecordReader reader(records->bytes, Compression::none, "memory");
    std::mutex turn;
    pool->run(std::ssize(*workers), [&](std::int64_t i) {
      Worker& worker = (*workers)[static_cast<std::size_t>(i)];
      for (;;) {
        {
          const std::lock_guard lock(turn);
          if (!worker.read(reader)) return;
        }
        worker.runner.run(worker.parser.features());
      }
    });
  };
  job.difference = [batches, workers] {
    LayerRunner& runner = workers->front().runner;
    runner.run(batches->back());  // threads take other batches each time
    return difference_of(runner, batches->back(), "tokens");
  };
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_layer_workloads() {
  std::vector<CpuWorkload> all;
  const auto add = [&all](const std::string& name, auto job, Source source, std::int64_t dim,
                          std::int64_t buckets) {
    all.push_back(cpu_workload(name + "/d" + std::to_string(dim), job, source, dim, buckets));
  };
  for (const std::int64_t dim : {10, 64, 128}) add("layer/setmm512", layer_job, set_mm, dim, 1000);
  for (const std::int64_t dim : {64, 128}) add("layer/w5", layer_job, w5, dim, 1'000'000);
  all.push_back(cpu_workload("small/1x20xd64", small_job));
  for (const std::int64_t dim : {10, 64}) {
    add("end_to_end/setmm512", end_to_end_job, set_mm, dim, 1000);
  }
  return all;
}

}  // namespace seqfeat::bench
