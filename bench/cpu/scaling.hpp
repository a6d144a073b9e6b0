// SPDX-License-Identifier: Apache-2.0
#pragma once

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

using CpuScaling = WorkloadOf<const CpuContext, std::vector<ScalingPoint>>;

[[nodiscard]] std::vector<CpuScaling> cpu_scalings();

}  // namespace seqfeat::bench
