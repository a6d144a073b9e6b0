// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.hpp"

namespace seqfeat::bench {

std::vector<Workload> every_workload() {
  std::vector<Workload> all = hash_workloads();
  for (const auto& more :
       {lookup_workloads(), skew_workloads(), padding_workloads(), column_workloads(),
        road_workloads(), copy_workloads(), train_workloads()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

nlohmann::ordered_json definitions(const std::vector<Workload>& workloads) {
  nlohmann::ordered_json shapes = nlohmann::ordered_json::array();
  for (const Workload& workload : workloads) {
    if (workload.shape.is_null()) continue;
    nlohmann::ordered_json shape = {{"workload", workload.name}, {"group", workload.group}};
    shape.update(workload.shape);
    shapes.push_back(std::move(shape));
  }
  return {{"schema_version", 1}, {"workloads", std::move(shapes)}};
}

}  // namespace seqfeat::bench
