// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda_runtime_api.h"

// There is no profiler here to start.

inline cudaError_t cudaProfilerStart() {
  return cudaSuccess;
}
inline cudaError_t cudaProfilerStop() {
  return cudaSuccess;
}
