// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "seqfeat/backend.hpp"
#include "seqfeat/error.hpp"

// What the two harnesses share: launches are timed on a device, passes on the host (bench/cpu).

namespace seqfeat::bench {

/// The share `scale` of `count`, at least `least`.
[[nodiscard]] std::int64_t scaled(std::int64_t count, double scale, std::int64_t least);

/// Where workloads run and how large they are.
struct Setting {
  Backend backend;                    ///< Under measurement.
  double scale = 1.0;                 ///< Of the plan's sizes; below 1 for rehearsals and tests.
  std::filesystem::path tokens = {};  ///< A TFRecord file with real tokens.

  [[nodiscard]] std::int64_t scaled(std::int64_t count, std::int64_t least = 1) const {
    return bench::scaled(count, scale, least);
  }
};

/// What one execution of a workload gets done.
struct Work {
  std::int64_t tokens = 0;
  std::int64_t bytes = 0;  ///< Read and written.
};

/// A workload by name.
template <class Context, class Job>
struct WorkloadOf {
  std::string name;
  std::string about;
  std::function<Job(Context&)> prepare;  ///< Puts the inputs in place.
  std::string group = {};             ///< Taken only where a prefix begins with it: for the many.
  nlohmann::ordered_json shape = {};  ///< What a program of another library needs to know of it.
  std::int64_t table_bytes = 0;       ///< Of its tables, where they are large, unscaled.
};

/// Whether `prefix` asks for a workload: by the beginning of its name or, with a $ at the end, by
/// all of it.
template <class Workload>
[[nodiscard]] bool asks_for(const std::string& prefix, const Workload& workload) {
  if (prefix == workload.name + "$") return true;
  return workload.name.starts_with(prefix) && prefix.starts_with(workload.group);
}

/// Those that one of `prefixes` asks for: first what the first prefix asks for, and so on. Without
/// prefixes all that are in no group.
template <class Workload>
[[nodiscard]] std::vector<Workload> select(std::vector<Workload> workloads,
                                           const std::vector<std::string>& prefixes) {
  std::vector<Workload> chosen;
  const auto take = [&](const auto& wanted) {
    const auto rest = std::stable_partition(workloads.begin(), workloads.end(), wanted);
    chosen.insert(chosen.end(), workloads.begin(), rest);
    workloads.erase(workloads.begin(), rest);
  };
  if (prefixes.empty()) take([](const Workload& workload) { return workload.group.empty(); });
  for (const std::string& prefix : prefixes) {
    take([&](const Workload& workload) { return asks_for(prefix, workload); });
  }
  return chosen;
}

/// Throws   InvalidArgument naming a prefix that asks for nothing in any of `lists`.
template <class... Lists>
void refuse_unknown(const std::vector<std::string>& prefixes, const Lists&... lists) {
  for (const std::string& prefix : prefixes) {
    const auto fits = [&](const auto& workload) { return asks_for(prefix, workload); };
    if ((std::any_of(lists.begin(), lists.end(), fits) || ...)) continue;
    throw InvalidArgument("--workload: got '" + prefix +
                          "', expected the beginning of a name that --list prints");
  }
}

}  // namespace seqfeat::bench
