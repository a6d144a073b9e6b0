// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace seqfeat::bench {

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
