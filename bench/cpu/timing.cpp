// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/timing.hpp"

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <utility>

namespace seqfeat::bench {
namespace {

/// Keeps the times of every repetition, by name.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
      Timed& timed = timed_[run.run_name.function_name];
      const auto passes = static_cast<double>(run.iterations);
      timed.seconds.push_back(run.real_accumulated_time / passes);
      timed.processor.push_back(run.cpu_accumulated_time / passes);
    }
  }
  [[nodiscard]] Timed take(const std::string& name) { return std::move(timed_[name]); }

 private:
  std::map<std::string, Timed> timed_;
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

std::vector<Timed> time_passes(const std::vector<std::function<void()>>& passes,
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
        ->MeasureProcessCPUTime()
        ->MinTime(sampling.seconds)
        ->Repetitions(sampling.samples);
  }
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  std::vector<Timed> timed;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    timed.push_back(collector.take(std::to_string(i)));
  }
  return timed;
}

}  // namespace seqfeat::bench
