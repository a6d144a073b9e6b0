// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/setting.hpp"
#include "cpu/thread_pool.hpp"

// What the CPU is measured by: the names of `seqfeat bench`, ours beside baselines in the same run.

namespace seqfeat::bench {

/// What a workload works with.
struct CpuContext : Setting {
  int threads = 1;
  std::shared_ptr<cpu::ThreadPool> pool;  ///< For baselines: as many threads as the backend has.

  /// The same with a backend of one thread.
  [[nodiscard]] CpuContext with_one_thread() const;
};

/// What ours is held against.
struct CpuBaseline {
  std::string name;
  std::function<void()> pass;
  double times = 1.0;       ///< How many passes, or what share of one, do the work of `CpuJob`.
  bool large_copy = false;  ///< It is `large_memcpy_of` as many bytes as the job has.
};

/// A workload whose inputs are made. An input that is too large to be timed as a whole is cut into
/// parts; each pass takes the next part, so that every part is read from memory, not from a cache.
struct CpuJob : Work {  // of the whole
  std::function<void()> ours;
  int parts = 1;                       ///< How many passes of ours make the whole.
  std::vector<CpuBaseline> baselines;  ///< The first is the one that the ratio is of.
  bool slowest_first = false;          ///< Sort them by time: ours cannot pass the slowest.
  /// Compares the results of both, after each ran once; "" if they agree or cannot be compared.
  std::function<std::string()> difference = [] { return std::string(); };
};

/// How many threads the next `Backend::cpu()` has.
void set_threads(int threads);

using CpuWorkload = WorkloadOf<const CpuContext, CpuJob>;

[[nodiscard]] std::vector<CpuWorkload> cpu_hash_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_layer_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_pack_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_parse_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_gzip_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_jsonl_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_run_workloads();

}  // namespace seqfeat::bench
