// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "bench/cpu/scaling.hpp"

namespace seqfeat::bench {
namespace {

std::vector<double> times(const std::vector<std::int64_t>& sizes, double factor, double power) {
  std::vector<double> seconds;
  for (const std::int64_t size : sizes) {
    seconds.push_back(factor * std::pow(static_cast<double>(size), power));
  }
  return seconds;
}

TEST(Growth, IsTheExponentOfAPowerWhateverItsFactor) {
  const std::vector<std::int64_t> sizes{1, 3, 10, 64, 5000};
  for (const double power : {-1.0, 0.0, 0.5, 1.0, 2.0}) {
    for (const double factor : {1e-9, 1.0, 7.0}) {
      const Growth growth = fit_growth(sizes, times(sizes, factor, power));
      EXPECT_NEAR(growth.exponent, power, 1e-9);
      EXPECT_NEAR(growth.steepest, power, 1e-9);
    }
  }
}

TEST(Growth, AveragesOverNoiseByLeastSquares) {
  // log2: (0, 0), (1, 2), (2, 1), (3, 3): the line of least squares rises by 0.8.
  EXPECT_NEAR(fit_growth({1, 2, 4, 8}, {1, 4, 2, 8}).exponent, 0.8, 1e-12);
}

TEST(Growth, ShowsACliffInItsSteepestStep) {
  const Growth growth = fit_growth({1, 10, 100, 1000}, {1, 10, 10'000, 100'000});
  EXPECT_NEAR(growth.steepest, 3, 1e-12);
  EXPECT_EQ(growth.steepest_at, 100);
}

TEST(Growth, RefusesWhatHasNoLogarithmOrNoLine) {
  EXPECT_THROW(static_cast<void>(fit_growth({1}, {1})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_growth({1, 2}, {1})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_growth({1, 2}, {1, 0})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_growth({1, 2}, {1, NAN})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_growth({0, 2}, {1, 1})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_growth({2, 2}, {1, 1})), std::invalid_argument);
}

}  // namespace
}  // namespace seqfeat::bench
