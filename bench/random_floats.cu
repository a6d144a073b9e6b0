// SPDX-License-Identifier: Apache-2.0
#include "bench/cuda_device.hpp"
#include "bench/random.hpp"
#include "cuda/launch.cuh"

// The largest table has gigabytes: the device makes its own, rather than wait for a copy.

namespace seqfeat::bench {
namespace {

/// Floats that a block writes.
constexpr std::int64_t kPerBlock = std::int64_t{16} * cuda::kThreads;

__global__ void random_floats_kernel(float* to, std::int64_t count) {
  const std::int64_t begin = std::int64_t{blockIdx.x} * kPerBlock;
  const std::int64_t end = begin + kPerBlock < count ? begin + kPerBlock : count;
  for (std::int64_t i = begin + threadIdx.x; i < end; i += cuda::kThreads) to[i] = random_float(i);
}

}  // namespace

void make_random_floats(float* to, std::int64_t count, Stream stream) {
  cuda::launch("random_floats_kernel", random_floats_kernel, {(count + kPerBlock - 1) / kPerBlock},
               stream, to, count);
}

}  // namespace seqfeat::bench
