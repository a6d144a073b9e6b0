// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "cuda/port.cuh"

namespace simt::test {

/// Runs `kernel(out, arguments...)` over one block and returns what it wrote to out[0 .. count).
template <class T, class... P, class... A>
std::vector<T> results(unsigned threads, std::size_t count, void (*kernel)(T*, P...),
                       A... arguments) {
  T* out = nullptr;
  EXPECT_EQ(cudaMalloc(&out, count * sizeof(T)), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(1);
  config.blockDim = dim3(threads);
  EXPECT_EQ(cudaLaunchKernelEx(&config, kernel, out, arguments...), cudaSuccess);
  std::vector<T> host(count);
  EXPECT_EQ(cudaMemcpy(host.data(), out, count * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_EQ(cudaFree(out), cudaSuccess);
  return host;
}

/// Calls `expected(i)` for every index and compares.
template <class T, class Expected>
void expect_each(const std::vector<T>& got, Expected expected) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i], static_cast<T>(expected(static_cast<int>(i)))) << "thread " << i;
  }
}

}  // namespace simt::test
