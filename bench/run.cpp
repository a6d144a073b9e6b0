// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "backend/launch_count.hpp"
#include "bench/workload.hpp"

namespace seqfeat::bench {
namespace {

/// Lets all pass the gate.
///
/// Returns  How many kernels a launch of ours takes.
std::int64_t gate_all(const std::string& name, const Job& job, Context& context) {
  const std::int64_t before = detail::launch_count();
  gate(context.device, name, job.ours);
  const std::int64_t kernels = detail::launch_count() - before;
  for (const auto& [baseline, candidate] : job.baselines) {
    gate(context.device, name + " (" + baseline + ")", candidate);
  }
  return job.kernels > 0 ? job.kernels : kernels;
}

/// Puts the samples of ours and of the baselines into `result`, the fastest of these first.
void enter(Samples samples, const Job& job, Result& result) {
  result.samples = std::move(samples.front());
  for (std::size_t k = 0; k < job.baselines.size(); ++k) {
    result.references.push_back({job.baselines[k].name, std::move(samples[k + 1])});
  }
  if (result.references.empty()) return;
  make_baseline(result, std::min_element(result.references.begin(), result.references.end(),
                                         [](const Reference& a, const Reference& b) {
                                           return percentile(a.samples, 0.5) <
                                                  percentile(b.samples, 0.5);
                                         }));
}

}  // namespace

std::vector<Result> run(const Workload& workload, Context& context) {
  const Job job = workload.prepare(context);
  Result result;
  result.workload = workload.name;
  result.backend = context.backend_name;
  result.tokens = job.tokens;
  result.bytes = job.bytes;
  result.ideal_bytes = job.ideal_bytes;
  result.note = job.note;
  result.kernels = gate_all(workload.name, job, context);

  std::vector<Launch> launches = {job.ours.launch};
  for (const Baseline& baseline : job.baselines) launches.push_back(baseline.candidate.launch);
  Result cold = result;
  cold.cache = "cold";
  enter(cold_samples(context.device, launches, context.sampling), job, cold);
  Result warm = std::move(result);
  warm.cache = "warm";
  warm.launches = std::max<std::int64_t>(context.sampling.back_to_back, 1);
  enter(warm_samples(context.device, launches, context.sampling), job, warm);
  gate(context.device, workload.name + ", after timing", job.ours);
  return {std::move(cold), std::move(warm)};
}

}  // namespace seqfeat::bench
