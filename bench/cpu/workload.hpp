// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
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

struct Range {
  std::int64_t begin, end;
};

/// Cuts inputs that come from memory into parts, of which each pass takes the next. So a repetition
/// need not last as long as the whole, and no part is met again before all others have been.
class Turns {
 public:
  explicit Turns(int parts) : parts_(parts) {}

  [[nodiscard]] int parts() const noexcept { return parts_; }
  /// The next part of `count` things.
  Range next(std::int64_t count) noexcept {
    const std::int64_t part = next_;
    next_ = (next_ + 1) % parts_;
    return {count * part / parts_, count * (part + 1) / parts_};
  }

 private:
  int parts_;
  int next_ = 0;
};

/// Parts of what is streamed: enough for the least --seconds, few enough that a part is worth
/// several threads.
inline constexpr int kStreamedParts = 16;

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

/// A workload that `job(context, arguments...)` prepares.
template <class Job, class... Arguments>
[[nodiscard]] CpuWorkload cpu_workload(std::string name, Job job, Arguments... arguments) {
  return {std::move(name), "",
          [=](const CpuContext& context) { return job(context, arguments...); }};
}

[[nodiscard]] std::vector<CpuWorkload> cpu_hash_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_layer_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_pack_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_parse_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_gzip_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_jsonl_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_run_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_train_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_vocabulary_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_weighted_workloads();

}  // namespace seqfeat::bench
