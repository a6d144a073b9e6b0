// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.hpp"

namespace seqfeat::bench {

std::vector<Workload> every_workload() {
  std::vector<Workload> all = hash_workloads();
  for (const auto& more : {lookup_workloads(), layer_workloads()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace seqfeat::bench
