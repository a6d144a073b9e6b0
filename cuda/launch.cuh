// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "cuda/check.hpp"
#include "cuda/port.cuh"
#include "seqfeat/stream.hpp"

// The one seam through which kernels are launched.

namespace seqfeat::cuda {

/// Threads of every block.
inline constexpr unsigned kThreads = 256;
inline constexpr unsigned kWarps = kThreads / 32;

/// How a kernel is laid out over the device.
struct Grid {
  std::int64_t blocks = 0;
  /// It may begin while the kernel before it is still running, and waits for that one's results in
  /// wait_for_previous_kernel(). Only for devices of compute capability 9 and later.
  bool overlaps_previous = false;
};

/// The configuration of `grid`; `attribute` is the caller's room for its only attribute.
///
/// Throws   InvalidArgument, naming `name`, for more blocks than a grid can have.
[[nodiscard]] cudaLaunchConfig_t launch_config(const char* name, const Grid& grid, Stream stream,
                                               cudaLaunchAttribute& attribute);

/// Counts a launch for launch_count().
void count_launch() noexcept;

/// Enqueues `kernel`; a grid without blocks enqueues nothing.
template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), const Grid& grid, Stream stream,
            Arguments&&... arguments) {
  if (grid.blocks <= 0) return;
  cudaLaunchAttribute attribute{};
  const cudaLaunchConfig_t config = launch_config(name, grid, stream, attribute);
  check_cuda(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...), name);
  count_launch();
}

/// Brings a kernel's code onto the current device now rather than at its first launch, which may
/// stand in a graph under capture.
template <class... Parameters>
void load_kernel(void (*kernel)(Parameters...)) {
  cudaFuncAttributes attributes{};
  check_cuda(cudaFuncGetAttributes(&attributes, kernel), "cudaFuncGetAttributes");
}

/// From here on a kernel may read what the kernel before it wrote.
__device__ __forceinline__ void wait_for_previous_kernel() {
#if defined(SIMT_EMULATOR) || (defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900)
  cudaGridDependencySynchronize();
#endif
}

/// From here on the next kernel may begin, if it overlaps; it still waits for this one's end.
__device__ __forceinline__ void let_next_kernel_begin() {
#if defined(SIMT_EMULATOR) || (defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900)
  cudaTriggerProgrammaticLaunchCompletion();
#endif
}

}  // namespace seqfeat::cuda
