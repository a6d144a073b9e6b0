// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/fit.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace seqfeat::bench {

Growth fit_growth(const std::vector<std::int64_t>& sizes, const std::vector<double>& seconds) {
  if (sizes.size() < 2 || sizes.size() != seconds.size()) {
    throw std::invalid_argument("fit_growth: got " + std::to_string(sizes.size()) + " sizes and " +
                                std::to_string(seconds.size()) +
                                " times, expected two or more of each");
  }
  std::vector<double> x, y;
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] <= 0 || !(seconds[i] > 0) || (i > 0 && sizes[i] <= sizes[i - 1])) {
      throw std::invalid_argument("fit_growth: got size " + std::to_string(sizes[i]) + " and " +
                                  std::to_string(seconds[i]) +
                                  " s, expected increasing sizes and times above 0");
    }
    x.push_back(std::log(static_cast<double>(sizes[i])));
    y.push_back(std::log(seconds[i]));
    mean_x += x[i] / static_cast<double>(sizes.size());
    mean_y += y[i] / static_cast<double>(sizes.size());
  }
  Growth growth{0, -std::numeric_limits<double>::infinity(), 0};
  double covariance = 0;
  double variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    covariance += (x[i] - mean_x) * (y[i] - mean_y);
    variance += (x[i] - mean_x) * (x[i] - mean_x);
    if (i == 0) continue;
    const double slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
    if (slope > growth.steepest) {
      growth.steepest = slope;
      growth.steepest_at = sizes[i];
    }
  }
  growth.exponent = covariance / variance;
  return growth;
}

}  // namespace seqfeat::bench
