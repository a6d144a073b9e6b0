// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "cuda/port.cuh"
#include "cuda_pipeline_primitives.h"

// One planted fault per run, named by the argument, and a control without any. Prints "result
// right" or "result WRONG" (exit 1); faults that something else finds end the program before that.

namespace {

constexpr int kThreads = 64;

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::printf("unexpected %s\n", cudaGetErrorName(error));
  std::exit(2);
}

/// An array on the device, freed at the end, so that LeakSanitizer has nothing to say.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values) : size_(values.size()) {
    check(cudaMalloc(&data_, size_ * sizeof(T)));
    check(cudaMemcpy(data_, values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return data_; }
  std::vector<T> values() const {
    std::vector<T> copy(size_);
    check(cudaMemcpy(copy.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost));
    return copy;
  }

 private:
  T* data_ = nullptr;
  std::size_t size_;
};

template <class... P, class... A>
void launch(void (*kernel)(P...), unsigned blocks, unsigned threads, std::size_t shared_bytes,
            A... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(blocks);
  config.blockDim = dim3(threads);
  config.dynamicSmemBytes = shared_bytes;
  check(cudaLaunchKernelEx(&config, kernel, arguments...));
  check(cudaDeviceSynchronize());
}

/// Reverses 64 values through static shared memory; with the barrier it is right.
template <bool Barrier>
__global__ void reverse_kernel(int* values) {
  SEQFEAT_SHARED(int[kThreads], staged);
  const unsigned t = threadIdx.x;
  staged[t] = values[t];
  if (Barrier) __syncthreads();
  values[t] = staged[kThreads - 1 - t];
}

enum class Fence { none, shuffle, warp };

/// Neighbours swap within a warp through shared memory. A shuffle is not a fence.
template <Fence Between>
__global__ void swap_kernel(int* values) {
  SEQFEAT_SHARED(int[32], staged);
  const unsigned t = threadIdx.x;
  staged[t] = values[t];
  if (Between == Fence::shuffle) __shfl_sync(0xffffffffu, 0, 0);
  if (Between == Fence::warp) __syncwarp();
  values[t] = staged[t ^ 1];
}

/// Neighbours swap through shared memory, into which values are copied asynchronously.
template <bool Waits>
__global__ void async_swap_kernel(int* values, int offset) {
  SEQFEAT_SHARED(int[32], staged);
  const unsigned t = threadIdx.x;
  __pipeline_memcpy_async(reinterpret_cast<char*>(staged + t) + offset, values + t, sizeof(int));
  __pipeline_commit();
  if (Waits) __pipeline_wait_prior(0);
  __syncwarp();
  values[t] = staged[t ^ 1];
}

__global__ void divergent_barrier_kernel(int* values) {
  if (threadIdx.x < 48) {
    __syncthreads();
  } else {
    values[0] = __shfl_sync(0xffffffffu, 1, 0);
  }
}

__global__ void two_barriers_kernel(int* values) {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    values[0] = 1;
    __syncthreads();
  }
}

__global__ void divergent_collective_kernel(int* values) {
  const unsigned t = threadIdx.x;
  values[t] =
      t < 16 ? __shfl_sync(0xffffffffu, 1, 0) : static_cast<int>(__ballot_sync(0xffffffffu, 1));
}

__global__ void short_mask_kernel(int* values) {
  values[threadIdx.x] = __shfl_sync(0x0000ffffu, 1, 0);
}

/// Two blocks write one word; by different threads, or by thread 0 of each.
__global__ void block_race_kernel(int* values, int same_thread) {
  if (threadIdx.x == (same_thread ? 0 : blockIdx.x)) values[0] = static_cast<int>(blockIdx.x);
}

/// The last block to arrive adds up what the others left behind a fence.
template <bool Fences>
__global__ void last_block_kernel(int* parts, unsigned* arrived, int* total) {
  SEQFEAT_SHARED(bool, is_last);
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = static_cast<int>(blockIdx.x) + 1;
    if (Fences) __threadfence();
    const unsigned before = atomicAdd(arrived, 1u);
    if (Fences) __threadfence();
    is_last = before == gridDim.x - 1;
  }
  __syncthreads();
  if (is_last && threadIdx.x == 1) {
    int sum = 0;
    for (unsigned i = 0; i < gridDim.x; ++i) sum += parts[i];
    *total = sum;
  }
}

__global__ void uninitialized_kernel(int* values) {
  SEQFEAT_SHARED(float[32], sums);
  if (threadIdx.x) sums[threadIdx.x] = 0;
  __syncthreads();
  values[threadIdx.x] = sums[threadIdx.x] != 0.0f;
}

/// Copies `count` values, which one block too many is told.
__global__ void copy_kernel(const int* from, int* to, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) to[i] = from[i];
}

__global__ void dynamic_kernel(int* values) {
  SEQFEAT_DYNAMIC_SHARED(int, staged);
  staged[threadIdx.x] = values[threadIdx.x];
  __syncthreads();
  values[threadIdx.x] = staged[threadIdx.x];
}

__global__ void vector_load_kernel(const int* from, int* to, int offset) {
  const float4 v = *reinterpret_cast<const float4*>(from + offset);
  to[threadIdx.x] = static_cast<int>(v.x);
}

template <bool Launch>
__global__ void nested_kernel(int* values) {
  if (Launch) {
    cudaLaunchConfig_t config{};
    config.gridDim = config.blockDim = dim3(1);
    cudaLaunchKernelEx(&config, nested_kernel<false>, values);
  }
}

std::vector<int> iota(int count) {
  std::vector<int> values(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = i;
  return values;
}

bool reverses(void (*kernel)(int*)) {
  DeviceArray<int> values(iota(kThreads));
  launch(kernel, 1, kThreads, 0, values.data());
  std::vector<int> expected = iota(kThreads);
  std::reverse(expected.begin(), expected.end());
  return values.values() == expected;
}

template <class... P, class... A>
bool swaps(void (*kernel)(int*, P...), A... arguments) {
  DeviceArray<int> values(iota(32));
  launch(kernel, 1, 32, 0, values.data(), arguments...);
  std::vector<int> expected = iota(32);
  for (int& value : expected) value ^= 1;
  return values.values() == expected;
}

bool sums_in_last_block(void (*kernel)(int*, unsigned*, int*)) {
  DeviceArray<int> parts(iota(7));
  DeviceArray<unsigned> arrived(std::vector<unsigned>{0});
  DeviceArray<int> total(std::vector<int>{0});
  launch(kernel, 7, 64, 0, parts.data(), arrived.data(), total.data());
  return total.values()[0] == 28;
}

bool runs(void (*kernel)(int*), unsigned threads, std::size_t shared_bytes = 0) {
  DeviceArray<int> values(iota(kThreads));
  launch(kernel, 1, threads, shared_bytes, values.data());
  return true;
}

bool races_between_blocks(int same_thread) {
  DeviceArray<int> values(iota(1));
  launch(block_race_kernel, 4, 32, 0, values.data(), same_thread);
  return true;
}

bool copies(int count) {
  DeviceArray<int> from(iota(100));
  DeviceArray<int> to(iota(128));
  launch(copy_kernel, 4, 32, 0, from.data(), to.data(), count);
  return true;
}

bool loads_vectors(int offset) {
  DeviceArray<int> from(iota(kThreads));
  DeviceArray<int> to(iota(kThreads));
  launch(vector_load_kernel, 1, 32, 0, from.data(), to.data(), offset);
  return true;
}

bool starts_from_zero() {
  DeviceArray<int> values(iota(32));
  launch(uninitialized_kernel, 1, 32, 0, values.data());
  return values.values() == std::vector<int>(32, 0);
}

/// The same kernels without their faults.
bool control() {
  return reverses(reverse_kernel<true>) && swaps(swap_kernel<Fence::warp>) &&
         swaps(async_swap_kernel<true>, 0) && sums_in_last_block(last_block_kernel<true>) &&
         copies(100) && loads_vectors(4) && runs(dynamic_kernel, kThreads, kThreads * sizeof(int));
}

bool run(std::string_view name) {
  if (name == "none") return control();
  if (name == "missing-syncthreads") return reverses(reverse_kernel<false>);
  if (name == "missing-syncwarp") return swaps(swap_kernel<Fence::none>);
  if (name == "shuffle-as-fence") return swaps(swap_kernel<Fence::shuffle>);
  if (name == "missing-copy-wait") return swaps(async_swap_kernel<false>, 0);
  if (name == "misaligned-copy") return swaps(async_swap_kernel<true>, 2);
  if (name == "divergent-barrier") return runs(divergent_barrier_kernel, 64);
  if (name == "two-barriers") return runs(two_barriers_kernel, 64);
  if (name == "divergent-collective") return runs(divergent_collective_kernel, 32);
  if (name == "short-mask") return runs(short_mask_kernel, 32);
  if (name == "block-race") return races_between_blocks(0);
  if (name == "block-race-same-thread") return races_between_blocks(1);
  if (name == "missing-fences") return sums_in_last_block(last_block_kernel<false>);
  if (name == "uninitialized-shared") return starts_from_zero();
  if (name == "out-of-bounds-global") return copies(101);
  if (name == "out-of-bounds-dynamic-shared") {
    return runs(dynamic_kernel, kThreads, (kThreads - 1) * sizeof(int));
  }
  if (name == "misaligned-vector-load") return loads_vectors(1);
  if (name == "nested-launch") return runs(nested_kernel<true>, 1);
  std::printf("no such fault\n");
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  const bool right = run(argc > 1 ? argv[1] : "none");
  std::printf("result %s\n", right ? "right" : "WRONG");
  return right ? 0 : 1;
}
