// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <utility>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#include "bench/cpu/layer_job.hpp"
#include "bench/cpu/plain_layer.hpp"

// layer/…, small/…: parsed features become values, lengths and a mask.

namespace seqfeat::bench {
namespace {

CpuJob layer_job(const CpuContext& context, Source source, std::int64_t dim, std::int64_t buckets) {
  auto batches = std::make_shared<std::vector<Features>>(batches_of(source(context)));
  auto runner = std::make_shared<LayerRunner>(tokens_layer(context, dim, buckets));
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

}  // namespace

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
  if (context.threads > 1) job.baselines.push_back(parallel_memcpy_of(context, job.bytes));
  job.baselines.push_back(fill_of(context, std::move(written)));
}

std::string difference_of(const LayerRunner& runner, const Features& batch,
                          const std::string& key) {
  return difference_from_plain(*batch.find(key), runner.layer().table(key + "_embedding"),
                               runner.layer().measure(batch), runner.outputs());
}

std::vector<CpuWorkload> cpu_layer_workloads() {
  std::vector<CpuWorkload> all;
  const auto add = [&all](std::string name, Source source, std::int64_t dim, std::int64_t buckets) {
    all.push_back(
        {std::move(name) + "/d" + std::to_string(dim), "",
         [=](const CpuContext& context) { return layer_job(context, source, dim, buckets); }});
  };
  for (const std::int64_t dim : {10, 64, 128}) add("layer/setmm512", set_mm, dim, 1000);
  for (const std::int64_t dim : {64, 128}) add("layer/w5", w5, dim, 1'000'000);
  all.push_back({"small/1x20xd64", "", small_job});
  return all;
}

}  // namespace seqfeat::bench
