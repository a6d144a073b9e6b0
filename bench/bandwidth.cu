// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "bench/cuda_device.hpp"
#include "cuda/launch.cuh"

// What the memory gives: the measure for everything else.

namespace seqfeat::bench {
namespace {

constexpr int kVectors = 4;  // in flight a thread
constexpr std::int64_t kPerBlock = std::int64_t{kVectors} * cuda::kThreads;

/// A block copies kPerBlock vectors of 16 bytes, side by side; all loads stand before the stores.
__global__ void copy_kernel(const uint4* __restrict__ from, uint4* __restrict__ to,
                            std::int64_t vectors) {
  const std::int64_t first = std::int64_t{blockIdx.x} * kPerBlock + threadIdx.x;
  uint4 held[kVectors] = {};
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const std::int64_t i = first + k * std::int64_t{cuda::kThreads};
    if (i < vectors) held[k] = from[i];
  }
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const std::int64_t i = first + k * std::int64_t{cuda::kThreads};
    if (i < vectors) to[i] = held[k];
  }
}

/// Reads as much. The compiler keeps every load, because a warp stores the XOR of all its words if
/// that is not zero. Of equal words it is zero, so that nothing is written.
__global__ void read_kernel(const uint4* __restrict__ from, unsigned* __restrict__ to,
                            std::int64_t vectors) {
  const std::int64_t first = std::int64_t{blockIdx.x} * kPerBlock + threadIdx.x;
  uint4 held[kVectors] = {};
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const std::int64_t i = first + k * std::int64_t{cuda::kThreads};
    if (i < vectors) held[k] = from[i];
  }
  unsigned mixed = 0;
#pragma unroll
  for (int k = 0; k < kVectors; ++k) mixed ^= held[k].x ^ held[k].y ^ held[k].z ^ held[k].w;
  mixed = __reduce_xor_sync(0xffffffff, mixed);
  if (mixed != 0) *to = mixed;
}

/// Blocks that copy or read `bytes` bytes.
constexpr std::int64_t blocks_for(std::int64_t bytes) {
  return (bytes / 16 + kPerBlock - 1) / kPerBlock;
}

}  // namespace

void read_all(const void* from, std::int64_t bytes, unsigned* sink, Stream stream) {
  cuda::launch("read_kernel", read_kernel, {blocks_for(bytes)}, stream,
               static_cast<const uint4*>(from), sink, bytes / 16);
}

Bandwidth measure_bandwidth(Device& device, const Backend& backend, std::int64_t bytes,
                            const Sampling& sampling) {
  bytes = std::max(bytes, 4 * l2_bytes()) / 16 * 16;
  const Stream stream = device.stream();
  const Buffer from(backend.memory(), bytes, stream);
  const Buffer to(backend.memory(), bytes, stream);
  device.fill(from.data(), 0x5a, bytes);

  const auto rate = [&](double moved, const Launch& launch) {
    const double median =
        percentile(cold_samples(device, {&launch, 1}, sampling, Flush::read).front(), 0.5);
    return median > 0 ? moved / median : 0.0;
  };
  const auto size = static_cast<double>(bytes);
  Bandwidth found;
  found.bytes = bytes;
  found.copy_kernel = rate(2 * size, [&](std::int64_t) {
    cuda::launch("copy_kernel", copy_kernel, {blocks_for(bytes)}, stream, from.as<const uint4>(),
                 to.as<uint4>(), bytes / 16);
  });
  found.copy_runtime = rate(2 * size, [&](std::int64_t) {
    cuda::check_cuda(cudaMemcpyAsync(to.data(), from.data(), static_cast<std::size_t>(bytes),
                                     cudaMemcpyDeviceToDevice, stream.handle()),
                     "cudaMemcpyAsync");
  });
  found.read =
      rate(size, [&](std::int64_t) { read_all(from.data(), bytes, to.as<unsigned>(), stream); });
  found.copy = std::max(found.copy_kernel, found.copy_runtime);
  return found;
}

}  // namespace seqfeat::bench
