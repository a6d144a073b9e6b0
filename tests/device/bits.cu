// SPDX-License-Identifier: Apache-2.0
#include "tests/device/bits.hpp"

#include "cuda/launch.cuh"

namespace seqfeat::test {
namespace {

constexpr std::int64_t kPerBlock = std::int64_t{16} * cuda::kThreads;

/// The range of one block's elements, of which a thread takes every kThreads-th.
struct Slice {
  std::int64_t first;
  std::int64_t end;
};
__device__ Slice slice_of(std::int64_t count) {
  const std::int64_t begin = std::int64_t{blockIdx.x} * kPerBlock;
  return {begin + threadIdx.x, begin + kPerBlock < count ? begin + kPerBlock : count};
}

__global__ void count_differences_kernel(const unsigned* got, const unsigned* expected,
                                         std::int64_t words, unsigned long long* count) {
  const Slice slice = slice_of(words);
  unsigned long long found = 0;
  for (std::int64_t i = slice.first; i < slice.end; i += cuda::kThreads) {
    found += got[i] != expected[i] ? 1 : 0;
  }
  if (found != 0) atomicAdd(count, found);
}

__global__ void fill_table_kernel(float* to, std::int64_t count) {
  const Slice slice = slice_of(count);
  for (std::int64_t i = slice.first; i < slice.end; i += cuda::kThreads) to[i] = table_float(i);
}

constexpr std::int64_t blocks_for(std::int64_t count) {
  return (count + kPerBlock - 1) / kPerBlock;
}

}  // namespace

void count_differences(const void* got, const void* expected, std::int64_t words,
                       unsigned long long* count, Stream stream) {
  cuda::launch("count_differences_kernel", count_differences_kernel, {blocks_for(words)}, stream,
               static_cast<const unsigned*>(got), static_cast<const unsigned*>(expected), words,
               count);
}

void fill_table(float* to, std::int64_t count, Stream stream) {
  cuda::launch("fill_table_kernel", fill_table_kernel, {blocks_for(count)}, stream, to, count);
}

}  // namespace seqfeat::test
