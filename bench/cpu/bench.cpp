// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/bench.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <thread>
#include <utility>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/scaling.hpp"
#include "bench/cpu/trust.hpp"
#include "bench/cpu/workload.hpp"
#include "bench/harness.hpp"
#include "seqfeat/version.hpp"

namespace seqfeat::bench {
namespace {

std::vector<CpuWorkload> all_workloads() {
  std::vector<CpuWorkload> all;
  for (auto* workloads :
       {cpu_hash_workloads, cpu_layer_workloads, cpu_pack_workloads, cpu_parse_workloads,
        cpu_gzip_workloads, cpu_jsonl_workloads, cpu_run_workloads, cpu_train_workloads,
        cpu_vocabulary_workloads, cpu_weighted_workloads}) {
    for (CpuWorkload& workload : workloads()) all.push_back(std::move(workload));
  }
  return all;
}

/// What the samples of a run say about each other.
struct Trust {
  std::vector<Doubt> doubts;
  CopySpeeds copies;
  Others others;

  /// Keeps the first doubt of each workload.
  void look_at(const std::string& workload, const std::string& pass, const Timed& timed) {
    if (!doubts.empty() && doubts.back().workload == workload) return;
    const std::string reason = doubt_of(timed);
    if (!reason.empty()) doubts.push_back({workload, pass + ": " + reason});
  }
  /// All doubts, those of the whole run first.
  [[nodiscard]] std::vector<Doubt> all() const {
    std::vector<Doubt> all;
    if (const std::string doubt = others.doubt(); !doubt.empty()) all.push_back({"", doubt});
    for (const auto& some : {copies.doubts(), doubts}) {
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }
};

/// Runs every pass over all of the inputs and compares the results.
void verify(const CpuJob& job) {
  const auto run = [](const std::function<void()>& pass, double times) {
    for (double left = times; left > 0; --left) pass();
  };
  run(job.ours, job.parts);
  for (const CpuBaseline& baseline : job.baselines) run(baseline.pass, baseline.times);
  if (const std::string difference = job.difference(); !difference.empty()) {
    throw WrongResult(difference);
  }
}

std::vector<double> scaled(std::vector<double> seconds, double times) {
  for (double& one : seconds) one *= times;
  return seconds;
}

Result measure(const CpuWorkload& workload, const CpuContext& context, const CpuSampling& sampling,
               Trust& trust) {
  const CpuJob job = workload.prepare(context);
  verify(job);
  std::vector<std::function<void()>> passes{job.ours};
  for (const CpuBaseline& baseline : job.baselines) passes.push_back(baseline.pass);
  const std::vector<Timed> timed = time_passes(passes, sampling);
  Result result;
  result.workload = workload.name;
  result.backend = "cpu";
  result.cache = workload.name.ends_with("/cached") ? "warm" : "streamed";
  result.threads = context.threads;
  result.samples = scaled(timed[0].seconds, job.parts);
  result.tokens = job.tokens;
  result.bytes = result.ideal_bytes = job.bytes;
  trust.look_at(workload.name, "ours", timed[0]);
  for (std::size_t i = 0; i < job.baselines.size(); ++i) {
    const CpuBaseline& baseline = job.baselines[i];
    std::vector<double> seconds = scaled(timed[i + 1].seconds, baseline.times);
    trust.look_at(workload.name, baseline.name, timed[i + 1]);
    if (baseline.large_copy) {
      trust.copies.add(workload.name, static_cast<double>(job.bytes), seconds);
    }
    result.references.push_back({baseline.name, std::move(seconds)});
  }
  if (job.slowest_first) {
    std::stable_sort(result.references.begin(), result.references.end(),
                     [](const Reference& a, const Reference& b) {
                       return percentile(a.samples, 0.5) > percentile(b.samples, 0.5);
                     });
  }
  if (!result.references.empty()) make_baseline(result, result.references.begin());
  return result;
}

Scaling measure(const CpuScaling& scaling, const CpuContext& context, const CpuSampling& sampling,
                Trust& trust) {
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
  for (const Timed& timed : time_passes(passes, sampling)) {
    const std::string size = std::to_string(result.sizes[result.seconds.size()]);
    trust.look_at(scaling.name, "size " + size, timed);
    result.seconds.push_back(percentile(timed.seconds, 0.5));
  }
  const Growth growth = fit_growth(result.sizes, result.seconds);
  result.exponent = growth.exponent;
  result.steepest = growth.steepest;
  result.steepest_at = growth.steepest_at;
  return result;
}

/// A large copy by one thread: what shares are held against.
Bandwidth memory_bandwidth(const CpuContext& context, const CpuSampling& sampling, Trust& trust) {
  Bandwidth found;
  found.bytes = context.scaled(std::int64_t{256} << 20, 4096);
  const auto bytes = static_cast<double>(found.bytes);
  const CpuBaseline copy = large_memcpy_of(context, found.bytes);
  const std::vector<double> seconds = time_passes({copy.pass}, sampling)[0].seconds;
  trust.copies.add("", bytes, seconds);
  found.copy_runtime = 2 * bytes / percentile(seconds, 0.5);
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
  refuse_unknown(prefixes, all_workloads(), cpu_scalings());
  std::vector<std::string> names;
  for (const auto& one : select(all_workloads(), prefixes)) names.push_back(one.name);
  for (const auto& one : select(cpu_scalings(), prefixes)) names.push_back(one.name);
  return names;
}

Report bench_cpu(const CpuBenchOptions& options,
                 const std::function<void(const std::string&)>& begins) {
  refuse_unknown(options.prefixes, all_workloads(), cpu_scalings());
  set_threads(options.threads);
  const CpuContext context{{Backend::cpu(), options.scale, options.set_mm},
                           options.threads,
                           std::make_shared<cpu::ThreadPool>(options.threads)};
  Report report;
  report.machine = {{"processor", processor()},
                    {"cores", std::thread::hardware_concurrency()},
                    {"host", context.backend.description()},
                    {"version", kVersion},
                    {"commit", options.commit},
                    {"scale", options.scale}};
  Trust trust;
  report.bandwidth = memory_bandwidth(context, options.sampling, trust);
  const auto run = [&](const auto& workload, auto& results) {
    begins(workload.name);
    try {
      results.push_back(measure(workload, context, options.sampling, trust));
    } catch (const std::exception& error) {  // the others are still worth measuring
      report.failures.emplace_back(workload.name, error.what());
    }
  };
  for (const auto& one : select(all_workloads(), options.prefixes)) run(one, report.results);
  for (const auto& one : select(cpu_scalings(), options.prefixes)) run(one, report.scaling);
  static_cast<void>(memory_bandwidth(context, options.sampling, trust));  // whether it is as it was
  report.doubts = trust.all();
  return report;
}

}  // namespace seqfeat::bench
