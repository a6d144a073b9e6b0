// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/timing.hpp"

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <utility>

namespace seqfeat::bench {
namespace {

/// Keeps the seconds a pass of every repetition, by name.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
      samples_[run.run_name.function_name].push_back(run.real_accumulated_time /
                                                     static_cast<double>(run.iterations));
    }
  }
  [[nodiscard]] std::vector<double> take(const std::string& name) {
    return std::move(samples_[name]);
  }

 private:
  std::map<std::string, std::vector<double>> samples_;
};

/// Once in a process: the library knows the interleaving as an option of its command line only.
void initialize() {
  char name[] = "seqfeat";
  char interleave[] = "--benchmark_enable_random_interleaving=true";
  char* arguments[] = {name, interleave, nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments);
}

}  // namespace

std::vector<std::vector<double>> time_passes(const std::vector<std::function<void()>>& passes,
                                             const CpuSampling& sampling) {
  [[maybe_unused]] static const bool initialized = (initialize(), true);
  benchmark::ClearRegisteredBenchmarks();
  for (std::size_t i = 0; i < passes.size(); ++i) {
    benchmark::RegisterBenchmark(std::to_string(i).c_str(),
                                 [pass = &passes[i]](benchmark::State& state) {
                                   for ([[maybe_unused]] const auto _ : state) {
                                     (*pass)();
                                     benchmark::ClobberMemory();
                                   }
                                 })
        ->UseRealTime()
        ->MinTime(sampling.seconds)
        ->Repetitions(sampling.samples);
  }
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  std::vector<std::vector<double>> samples;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    samples.push_back(collector.take(std::to_string(i)));
  }
  return samples;
}

}  // namespace seqfeat::bench
