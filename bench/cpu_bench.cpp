// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

#include "bench/cpu_workload.hpp"
#include "bench/harness.hpp"
#include "bench/result.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/version.hpp"

// seqfeat-cpu-bench: the CPU backend beside libfarmhash and memcpy, timed by Google Benchmark.

namespace seqfeat::bench {
namespace {

struct Options {
  std::vector<std::string> prefixes;
  double scale = 1.0;
  int threads = 1;
  int samples = 5;
  double seconds = 0.1;
  std::string set_mm = SEQFEAT_BENCH_SAMPLE;
  std::string json;
  std::string commit = "unknown";
  bool list = false;
};

/// Keeps the seconds a pass of every repetition, by name.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
      samples[run.run_name.function_name].push_back(run.real_accumulated_time /
                                                    static_cast<double>(run.iterations));
    }
  }

  std::map<std::string, std::vector<double>> samples;
};

void add(const char* name, const std::function<void()>& pass, const Options& options) {
  benchmark::RegisterBenchmark(name,
                               [&pass](benchmark::State& state) {
                                 for (auto _ : state) {
                                   pass();
                                   benchmark::ClobberMemory();
                                 }
                               })
      ->UseRealTime()
      ->MinTime(options.seconds)
      ->Repetitions(options.samples);
}

/// Repetitions of both take turns, so that a slow moment of the machine meets both.
Collector time(const std::function<void()>& ours, const std::function<void()>& baseline,
               const Options& options) {
  benchmark::ClearRegisteredBenchmarks();
  add("ours", ours, options);
  if (baseline) add("baseline", baseline, options);
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  return collector;
}

Result measure(const CpuWorkload& workload, const CpuContext& context, const Options& options) {
  const CpuJob job = workload.prepare(context);
  const bool compared = !job.baseline_name.empty();
  job.ours();
  if (compared) job.baseline();
  if (const std::string difference = job.difference(); !difference.empty()) {
    throw WrongResult(difference);
  }
  Result result;
  result.workload = workload.name;
  result.backend = "cpu";
  result.cache = workload.name.ends_with("/cached") ? "warm" : "streamed";
  result.threads = options.threads;
  Collector timed = time(job.ours, job.baseline, options);
  result.samples = std::move(timed.samples["ours"]);
  result.tokens = job.tokens;
  result.bytes = result.ideal_bytes = job.bytes;
  if (compared) {
    result.baseline = job.baseline_name;
    result.baseline_samples = std::move(timed.samples["baseline"]);
  }
  return result;
}

/// Copy of 256 MB by one thread: what shares are held against.
Bandwidth memory_bandwidth(const Options& options) {
  const auto bytes = static_cast<std::int64_t>(512e6 * std::max(options.scale, 0.01));
  Bandwidth found;
  found.bytes = bytes / 2;
  found.copy_runtime = static_cast<double>(bytes) /
                       percentile(time(memcpy_of(bytes), {}, options).samples["ours"], 0.5);
  found.copy = found.copy_runtime;
  return found;
}

bool wanted(const std::string& name, const Options& options) {
  return options.prefixes.empty() ||
         std::any_of(options.prefixes.begin(), options.prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

int run_command(int argc, char** argv) {
  Options options;
  CLI::App app("Measures seqfeat's CPU backend against libfarmhash and memcpy.");
  app.add_option("--workload", options.prefixes, "Only names that begin so (repeatable)");
  app.add_option("--threads", options.threads, "Of ours; baselines have one")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--scale", options.scale, "Share of the sizes")->check(CLI::Range(1e-6, 1.0));
  app.add_option("--samples", options.samples, "Repetitions")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds, "Least time of a repetition")
      ->check(CLI::Range(0.001, 60.0));
  app.add_option("--set-mm", options.set_mm, "TFRecords of set.mm")->capture_default_str();
  app.add_option("--json", options.json, "Where the figures go; - is stdout");
  app.add_option("--commit", options.commit, "Written into the JSON");
  app.add_flag("--list", options.list, "Print the workloads and stop");
  CLI11_PARSE(app, argc, argv);

  ::setenv("SEQFEAT_NUM_THREADS", std::to_string(options.threads).c_str(), 1);
  const CpuContext context{Backend::cpu(), options.scale, options.set_mm};
  std::vector<CpuWorkload> workloads = cpu_hash_workloads();
  for (CpuWorkload& more : cpu_layer_workloads()) workloads.push_back(std::move(more));
  std::erase_if(workloads, [&](const CpuWorkload& w) { return !wanted(w.name, options); });
  if (workloads.empty()) {
    throw InvalidArgument("--workload: got '" + options.prefixes.front() +
                          "', expected the beginning of a name that --list prints");
  }
  if (options.list) {
    for (const CpuWorkload& workload : workloads) std::cout << workload.name << "\n";
    return 0;
  }
  Report report;
  report.machine = {{"host", context.backend.description()},
                    {"cores", std::thread::hardware_concurrency()},
                    {"version", kVersion},
                    {"commit", options.commit},
                    {"scale", options.scale}};
  report.bandwidth = memory_bandwidth(options);
  for (const CpuWorkload& workload : workloads) {
    std::cerr << "seqfeat-cpu-bench: " << workload.name << "\n";
    try {
      report.results.push_back(measure(workload, context, options));
    } catch (const std::exception& error) {  // the others are still worth measuring
      report.failures.emplace_back(workload.name, error.what());
    }
  }
  if (!options.json.empty()) {
    const std::string text = to_json(report).dump(1) + "\n";
    if (options.json == "-") {
      std::cout << text;
    } else if (std::ofstream out(options.json, std::ios::binary); !(out << text).flush()) {
      throw IoError("--json: cannot write " + options.json);
    }
  }
  if (options.json != "-") std::cout << to_markdown(report);
  return report.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace seqfeat::bench

int main(int argc, char** argv) {
  char name[] = "seqfeat-cpu-bench";
  char interleave[] = "--benchmark_enable_random_interleaving=true";
  char* arguments[] = {name, interleave, nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments);
  try {
    return seqfeat::bench::run_command(argc, argv);
  } catch (const seqfeat::InvalidArgument& error) {
    std::cerr << name << ": " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << "\n";
    return 1;
  }
}
