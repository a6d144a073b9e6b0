// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <thread>
#include <utility>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/fit.hpp"
#include "bench/cpu/scaling.hpp"
#include "bench/cpu/workload.hpp"
#include "bench/harness.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/version.hpp"

namespace seqfeat::bench {
namespace {

std::vector<CpuWorkload> all_workloads() {
  std::vector<CpuWorkload> all;
  for (auto* workloads : {cpu_hash_workloads, cpu_layer_workloads, cpu_pack_workloads,
                          cpu_parse_workloads, cpu_jsonl_workloads, cpu_run_workloads}) {
    for (CpuWorkload& workload : workloads()) all.push_back(std::move(workload));
  }
  return all;
}

bool wanted(const std::string& name, const std::vector<std::string>& prefixes) {
  return prefixes.empty() ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

Result measure(const CpuWorkload& workload, const CpuContext& context,
               const CpuSampling& sampling) {
  const CpuJob job = workload.prepare(context);
  std::vector<std::function<void()>> passes{job.ours};
  for (const CpuBaseline& baseline : job.baselines) passes.push_back(baseline.pass);
  for (const auto& pass : passes) pass();
  if (const std::string difference = job.difference(); !difference.empty()) {
    throw WrongResult(difference);
  }
  std::vector<std::vector<double>> samples = time_passes(passes, sampling);
  Result result;
  result.workload = workload.name;
  result.backend = "cpu";
  result.cache = workload.name.ends_with("/cached") ? "warm" : "streamed";
  result.threads = context.threads;
  result.samples = std::move(samples[0]);
  result.tokens = job.tokens;
  result.bytes = result.ideal_bytes = job.bytes;
  for (std::size_t i = 0; i < job.baselines.size(); ++i) {
    for (double& seconds : samples[i + 1]) seconds *= job.baselines[i].times;
    result.references.push_back({job.baselines[i].name, std::move(samples[i + 1])});
  }
  if (job.slowest_first) {
    std::stable_sort(result.references.begin(), result.references.end(),
                     [](const Reference& a, const Reference& b) {
                       return percentile(a.samples, 0.5) > percentile(b.samples, 0.5);
                     });
  }
  if (!result.references.empty()) {
    result.baseline = result.references.front().name;
    result.baseline_samples = std::move(result.references.front().samples);
    result.references.erase(result.references.begin());
  }
  return result;
}

Scaling measure(const CpuScaling& scaling, const CpuContext& context, const CpuSampling& sampling) {
  const std::vector<ScalingPoint> points = scaling.prepare(context);
  std::vector<std::function<void()>> passes;
  Scaling result;
  result.workload = scaling.name;
  result.threads = context.threads;
  for (const ScalingPoint& point : points) {
    passes.emplace_back([&point] { point.runner->run(*point.batch); });
    passes.back()();
    result.sizes.push_back(point.size);
  }
  for (const std::vector<double>& samples : time_passes(passes, sampling)) {
    result.seconds.push_back(percentile(samples, 0.5));
  }
  const Growth growth = fit_growth(result.sizes, result.seconds);
  result.exponent = growth.exponent;
  result.steepest = growth.steepest;
  result.steepest_at = growth.steepest_at;
  return result;
}

/// A large copy by one thread: what shares are held against.
Bandwidth memory_bandwidth(const CpuContext& context, const CpuSampling& sampling) {
  Bandwidth found;
  found.bytes = context.scaled(std::int64_t{256} << 20, 4096);
  const CpuBaseline copy = large_memcpy_of(context, found.bytes);
  found.copy_runtime =
      2 * static_cast<double>(found.bytes) / percentile(time_passes({copy.pass}, sampling)[0], 0.5);
  found.copy = found.copy_runtime;
  return found;
}

/// The processor's name as Linux tells it.
std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

std::int64_t CpuContext::scaled(std::int64_t count, std::int64_t least) const {
  return std::max(least,
                  static_cast<std::int64_t>(std::llround(static_cast<double>(count) * scale)));
}

CpuContext CpuContext::with_one_thread() const {
  CpuContext one = *this;
  if (threads == 1) return one;
  set_threads(1);
  one.backend = Backend::cpu();
  one.threads = 1;
  set_threads(threads);
  return one;
}

void set_threads(int threads) {
  ::setenv("SEQFEAT_NUM_THREADS", std::to_string(threads).c_str(), 1);
}

std::vector<std::string> cpu_workload_names(const std::vector<std::string>& prefixes) {
  std::vector<std::string> all;
  for (const CpuWorkload& workload : all_workloads()) all.push_back(workload.name);
  for (const CpuScaling& scaling : cpu_scalings()) all.push_back(scaling.name);
  for (const std::string& prefix : prefixes) {
    if (std::none_of(all.begin(), all.end(),
                     [&](const std::string& name) { return name.starts_with(prefix); })) {
      throw InvalidArgument("--workload: got '" + prefix +
                            "', expected the beginning of a name that --list prints");
    }
  }
  std::erase_if(all, [&](const std::string& name) { return !wanted(name, prefixes); });
  return all;
}

Report bench_cpu(const CpuBenchOptions& options,
                 const std::function<void(const std::string&)>& begins) {
  static_cast<void>(cpu_workload_names(options.prefixes));
  set_threads(options.threads);
  const CpuContext context{Backend::cpu(), options.threads, options.scale, options.set_mm,
                           std::make_shared<cpu::ThreadPool>(options.threads)};
  Report report;
  report.machine = {{"processor", processor()},
                    {"cores", std::thread::hardware_concurrency()},
                    {"host", context.backend.description()},
                    {"version", kVersion},
                    {"commit", options.commit},
                    {"scale", options.scale}};
  report.bandwidth = memory_bandwidth(context, options.sampling);
  const auto run = [&](const auto& workload, auto& results) {
    if (!wanted(workload.name, options.prefixes)) return;
    begins(workload.name);
    try {
      results.push_back(measure(workload, context, options.sampling));
    } catch (const std::exception& error) {  // the others are still worth measuring
      report.failures.emplace_back(workload.name, error.what());
    }
  };
  for (const CpuWorkload& workload : all_workloads()) run(workload, report.results);
  for (const CpuScaling& scaling : cpu_scalings()) run(scaling, report.scaling);
  return report;
}

}  // namespace seqfeat::bench
