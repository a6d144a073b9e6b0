// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

// What no kernel of ours may do, so that tools/sass_check.py shows that it would see it.

/// 64-bit integer division.
__global__ void planted_division_kernel(const std::uint64_t* a, std::uint64_t b,
                                        std::uint64_t* out) {
  out[threadIdx.x] = a[threadIdx.x] % b;
}

/// 32-bit integer division.
__global__ void planted_narrow_division_kernel(const std::uint32_t* a, std::uint32_t b,
                                               std::uint32_t* out) {
  out[threadIdx.x] = a[threadIdx.x] / b;
}

/// An array that is indexed at run time lies in local memory.
__global__ void planted_local_memory_kernel(const int* a, int* out) {
  int turned[32];
  for (int i = 0; i < 32; ++i) turned[a[i] & 31] = a[i + 32];
  out[threadIdx.x] = turned[a[threadIdx.x] & 31];
}

__device__ __forceinline__ float4 load_planted_row(const float4* from) {
  return __ldg(from);
}

/// Rows are copied two by two: two loads in flight, where the kernels of the library have eight.
__global__ void planted_few_loads_kernel(const float4* rows, const int* ids, int count,
                                         float4* out) {
  for (int i = 0; i + 1 < count; i += 2) {
    const float4 first = load_planted_row(rows + ids[i]);
    const float4 second = load_planted_row(rows + ids[i + 1]);
    out[i] = first;
    __syncthreads();  // the next two loads stay behind these stores
    out[i + 1] = second;
    __syncthreads();
  }
}
