// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "seqfeat/backend.hpp"

// What the CPU is measured by: the names of `seqfeat bench`, ours beside a baseline of one thread
// in the same run.

namespace seqfeat::bench {

struct CpuContext {
  Backend backend;
  double scale = 1.0;
  std::filesystem::path set_mm;  ///< TFRecords of set.mm or its sample.

  [[nodiscard]] std::int64_t scaled(std::int64_t count, std::int64_t least) const;
};

/// A workload whose inputs are in place; what the closures do is a whole pass over them.
struct CpuJob {
  std::int64_t tokens = 0;
  std::int64_t bytes = 0;  ///< Read and written by a pass.
  std::function<void()> ours;
  std::string baseline_name;
  std::function<void()> baseline;
  /// Compares the results of both, after each ran once; "" if they agree or cannot be compared.
  std::function<std::string()> difference = [] { return std::string(); };
};

struct CpuWorkload {
  std::string name;
  std::function<CpuJob(const CpuContext&)> prepare;
};

[[nodiscard]] std::vector<CpuWorkload> cpu_hash_workloads();
[[nodiscard]] std::vector<CpuWorkload> cpu_layer_workloads();

/// A memcpy that moves `bytes` bytes, half of them read and half written: the limit for whatever is
/// bound by memory.
[[nodiscard]] std::function<void()> memcpy_of(std::int64_t bytes);

}  // namespace seqfeat::bench
