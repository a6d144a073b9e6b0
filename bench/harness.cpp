// SPDX-License-Identifier: Apache-2.0
#include "bench/harness.hpp"

#include <algorithm>
#include <cmath>

namespace seqfeat::bench {
namespace {

constexpr int kPoison = 0xA5;

void warm_up(Device& device, const Launch& launch, const Sampling& sampling) {
  if (sampling.warm_up > 0) static_cast<void>(device.seconds(launch, 0, sampling.warm_up));
}

}  // namespace

void gate(Device& device, const std::string& name, const Candidate& candidate) {
  for (const Written& output : candidate.outputs) device.fill(output.data, kPoison, output.bytes);
  static_cast<void>(device.seconds(candidate.launch, 0, 1));
  const std::string difference = candidate.difference();
  if (!difference.empty()) {
    throw WrongResult(name + ": differs from the CPU backend: " + difference);
  }
}

std::vector<double> cold_samples(Device& device, const Launch& launch, const Sampling& sampling) {
  warm_up(device, launch, sampling);
  std::vector<double> samples;
  for (std::int64_t i = 0; i < sampling.samples; ++i) {
    device.flush_cache();
    samples.push_back(device.seconds(launch, i, 1));
  }
  return samples;
}

std::vector<double> warm_samples(Device& device, const Launch& launch, const Sampling& sampling) {
  warm_up(device, launch, sampling);
  const std::int64_t count = std::max<std::int64_t>(sampling.back_to_back, 1);
  std::vector<double> samples;
  for (std::int64_t i = 0; i < sampling.samples; ++i) {
    samples.push_back(device.seconds(launch, i * count, count) / static_cast<double>(count));
  }
  return samples;
}

double percentile(std::vector<double> samples, double p) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const double rank = std::ceil(p * static_cast<double>(samples.size()));
  const auto last = static_cast<double>(samples.size());
  return samples[static_cast<std::size_t>(std::clamp(rank, 1.0, last)) - 1];
}

}  // namespace seqfeat::bench
