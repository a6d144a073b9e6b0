// SPDX-License-Identifier: Apache-2.0
#include "bench/fill.hpp"

#include "cuda/launch.cuh"

namespace seqfeat::bench {
namespace {

constexpr int kVectors = 4;  // a thread
constexpr std::int64_t kPerBlock = std::int64_t{kVectors} * cuda::kThreads;

__global__ void fill_kernel(uint4* __restrict__ to, std::int64_t vectors,
                            unsigned char* __restrict__ rest, unsigned rest_bytes) {
  const std::int64_t first = std::int64_t{blockIdx.x} * kPerBlock + threadIdx.x;
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const std::int64_t i = first + k * std::int64_t{cuda::kThreads};
    if (i < vectors) to[i] = make_uint4(0, 0, 0, 0);
  }
  if (blockIdx.x == 0 && threadIdx.x < rest_bytes) rest[threadIdx.x] = 0;
}

}  // namespace

void fill_with_zeros(void* data, std::int64_t bytes, Stream stream) {
  const std::int64_t vectors = bytes / 16;
  const std::int64_t blocks = (vectors + kPerBlock - 1) / kPerBlock;
  cuda::launch("fill_kernel", fill_kernel, {blocks > 0 ? blocks : 1}, stream,
               static_cast<uint4*>(data), vectors, static_cast<unsigned char*>(data) + vectors * 16,
               static_cast<unsigned>(bytes % 16));
}

}  // namespace seqfeat::bench
