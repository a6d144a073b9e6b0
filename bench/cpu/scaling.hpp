// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/cpu/inputs.hpp"

// scaling/…: the layer over a range of one size, everything else fixed.

namespace seqfeat::bench {

/// A batch and a layer with room for it.
struct ScalingPoint {
  std::int64_t size = 0;
  std::shared_ptr<LayerRunner> runner;
  std::shared_ptr<Features> batch;
};

struct CpuScaling {
  std::string name;
  std::function<std::vector<ScalingPoint>(const CpuContext&)> prepare;
};

[[nodiscard]] std::vector<CpuScaling> cpu_scalings();

}  // namespace seqfeat::bench
