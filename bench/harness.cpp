// SPDX-License-Identifier: Apache-2.0
#include "bench/harness.hpp"

#include <algorithm>
#include <cmath>

namespace seqfeat::bench {
namespace {

constexpr int kPoison = 0xA5;

/// Samples of every launch by turns, after the warm-ups.
template <class Sample>
Samples in_turns(Device& device, std::span<const Launch> launches, const Sampling& sampling,
                 const Sample& sample) {
  for (const Launch& launch : launches) {
    if (sampling.warm_up > 0) static_cast<void>(device.seconds(launch, 0, sampling.warm_up));
  }
  Samples samples(launches.size());
  for (std::int64_t i = 0; i < sampling.samples; ++i) {
    for (std::size_t k = 0; k < launches.size(); ++k) {
      samples[k].push_back(sample(launches[k], i));
    }
  }
  return samples;
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

Samples cold_samples(Device& device, std::span<const Launch> launches, const Sampling& sampling,
                     Flush how) {
  return in_turns(device, launches, sampling, [&](const Launch& launch, std::int64_t i) {
    device.flush_cache(how);
    return device.seconds(launch, i, 1);
  });
}

Samples warm_samples(Device& device, std::span<const Launch> launches, const Sampling& sampling) {
  const std::int64_t count = std::max<std::int64_t>(sampling.back_to_back, 1);
  return in_turns(device, launches, sampling, [&](const Launch& launch, std::int64_t i) {
    if (launches.size() > 1) static_cast<void>(device.seconds(launch, i * count, 1));
    return device.seconds(launch, i * count, count) / static_cast<double>(count);
  });
}

double percentile(std::vector<double> samples, double p) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const double rank = std::ceil(p * static_cast<double>(samples.size()));
  const auto last = static_cast<double>(samples.size());
  return samples[static_cast<std::size_t>(std::clamp(rank, 1.0, last)) - 1];
}

}  // namespace seqfeat::bench
