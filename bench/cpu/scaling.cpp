// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kBuckets = 1000;

/// The sizes of a batch; one of them grows.
struct Sizes {
  std::int64_t rows = 64;
  std::int64_t steps = 20;
  std::int64_t columns = 1;
  std::int64_t dim = 16;
};

/// `first`, `first` * 4, … and `last`, which the scale may lower.
std::vector<std::int64_t> range(const CpuContext& context, std::int64_t first, std::int64_t last) {
  const std::int64_t end = context.scaled(last, 4 * first);
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = first; size <= end / 2; size *= 4) sizes.push_back(size);
  sizes.push_back(end);
  return sizes;
}

ScalingPoint point(const Backend& backend, std::int64_t size, const Sizes& sizes) {
  ScalingPoint p{size,
                 std::make_shared<LayerRunner>(columns_of(sizes.columns, kBuckets, sizes.dim),
                                               backend, LayerOptions{}),
                 std::make_shared<Features>(words(sizes.rows, sizes.steps, sizes.columns))};
  p.runner->reserve(std::span(p.batch.get(), 1));
  return p;
}

CpuScaling over(std::string name, std::int64_t Sizes::*member, Sizes fixed, std::int64_t first,
                std::int64_t last) {
  return {"scaling/" + std::move(name), "", [=](const CpuContext& context) {
            std::vector<ScalingPoint> points;
            for (const std::int64_t size : range(context, first, last)) {
              Sizes sizes = fixed;
              sizes.*member = size;
              points.push_back(point(context.backend, size, sizes));
            }
            return points;
          }};
}

/// A backend for each number of threads, of which the environment is the only way to tell.
std::vector<ScalingPoint> over_threads(const CpuContext& context) {
  std::vector<ScalingPoint> points;
  const std::int64_t cores = std::max(2U, std::thread::hardware_concurrency());
  std::vector<std::int64_t> counts;
  for (std::int64_t threads = 1; threads < cores; threads *= 2) counts.push_back(threads);
  counts.push_back(cores);
  for (const std::int64_t threads : counts) {
    set_threads(static_cast<int>(threads));
    points.push_back(point(Backend::cpu(), threads, {.rows = context.scaled(16'384, 64)}));
  }
  set_threads(context.threads);
  return points;
}

}  // namespace

std::vector<CpuScaling> cpu_scalings() {
  return {over("rows", &Sizes::rows, {}, 1, 65'536),
          over("tokens", &Sizes::steps, {}, 1, 11'548),
          over("columns", &Sizes::columns, {.dim = 8}, 1, 300),
          over("dim", &Sizes::dim, {.rows = 256}, 1, 1024),
          {"scaling/threads", "", over_threads}};
}

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
