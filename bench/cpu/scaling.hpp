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

/// How time grows with a size: like size^exponent.
struct Growth {
  double exponent =
      0;  ///< Of the straight line through log(seconds) over log(size), least squares.
  double steepest = 0;  ///< The largest exponent between two neighbours: a cliff shows here.
  std::int64_t steepest_at = 0;  ///< The larger of these two sizes.
};

/// Fits `seconds` over `sizes`, which increase.
///
/// Throws   std::invalid_argument for fewer than two points, or where a number is not > 0.
[[nodiscard]] Growth fit_growth(const std::vector<std::int64_t>& sizes,
                                const std::vector<double>& seconds);

}  // namespace seqfeat::bench
