// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "seqfeat/column.hpp"
#include "seqfeat/philox.hpp"

namespace seqfeat {

/// The quantile function of the standard normal distribution cut off at ±2, over (-1, 1) instead of
/// (0, 1): uniform v in, truncated normal out. Odd; the error is below 1e-10.
[[nodiscard]] double truncated_normal_quantile(double v) noexcept;

/// The first values of one table, any row of it at any time.
class TruncatedNormalTable {
 public:
  TruncatedNormalTable(const TruncatedNormal& distribution, std::int64_t dimension,
                       std::string_view name) noexcept;

  /// Writes the values of `row` from `column` on.
  void fill(std::int64_t row, std::int64_t column, std::span<float> out) const noexcept;

 private:
  PhiloxKey key_;
  double mean_;
  double stddev_;
};

}  // namespace seqfeat
