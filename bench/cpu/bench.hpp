// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/cpu/timing.hpp"
#include "bench/result.hpp"

// The CPU's benchmark as a function; `seqfeat bench` is its only caller besides tests.

namespace seqfeat::bench {

struct CpuBenchOptions {
  std::vector<std::string> prefixes;  ///< Only names that begin so; none: all.
  double scale = 1.0;                 ///< Share of the sizes.
  int threads = 1;                    ///< Of ours; baselines say how many they have.
  CpuSampling sampling;
  std::filesystem::path set_mm = SEQFEAT_BENCH_SAMPLE;
  std::string commit = "unknown";  ///< Written into the report.
};

/// All names that `prefixes` select, in the order in which they run.
///
/// Throws   InvalidArgument naming a prefix that fits nothing.
[[nodiscard]] std::vector<std::string> cpu_workload_names(const std::vector<std::string>& prefixes);

/// Runs them, one after the other; `begins` is told each name before. A workload whose results are
/// wrong, or that throws, is among the report's failures and has no figure.
///
/// Sets SEQFEAT_NUM_THREADS, so no other thread may read the environment meanwhile.
/// Throws   InvalidArgument as above.
[[nodiscard]] Report bench_cpu(const CpuBenchOptions& options,
                               const std::function<void(const std::string&)>& begins);

/// A report of the CPU's benchmark for a terminal: a line a result and a line for each thing more
/// that it is held against, then how time grows with sizes, then what failed.
[[nodiscard]] std::string to_table(const Report& report);

}  // namespace seqfeat::bench
