// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>

#include "cuda_pipeline_primitives.h"
#include "on_device.cuh"

namespace simt::test {
namespace {

/// Restores the order and the fault handler, which are the process's.
class Engine : public testing::Test {
 protected:
  ~Engine() override {
    set_order(Order::ascending);
    set_fault_handler(nullptr);
    cudaDeviceReset();
  }
};

/// Notes which thread came when.
__global__ void turn_kernel(unsigned* out, unsigned* counter) {
  if (blockIdx.x == 0 && threadIdx.x == 0) out[64] = 0;
  out[threadIdx.x] = atomicAdd(counter, 1u);
}

std::vector<unsigned> turns() {
  unsigned* counter = nullptr;
  EXPECT_EQ(cudaMalloc(&counter, sizeof(unsigned)), cudaSuccess);
  EXPECT_EQ(cudaMemset(counter, 0, sizeof(unsigned)), cudaSuccess);
  auto got = results(64, 65, turn_kernel, counter);
  EXPECT_EQ(cudaFree(counter), cudaSuccess);
  got.pop_back();
  return got;
}

TEST_F(Engine, RunsThreadsInTheOrderAskedFor) {
  std::vector<unsigned> ascending(64);
  std::iota(ascending.begin(), ascending.end(), 0u);
  set_order(Order::ascending);
  EXPECT_EQ(turns(), ascending);
  set_order(Order::descending);
  const auto descending = turns();
  EXPECT_TRUE(std::equal(ascending.begin(), ascending.end(), descending.rbegin()));
  set_order(Order::random, 7);
  const auto shuffled = turns();
  EXPECT_NE(shuffled, ascending);
  EXPECT_TRUE(std::is_permutation(shuffled.begin(), shuffled.end(), ascending.begin()));
  set_order(Order::random, 7);
  EXPECT_EQ(turns(), shuffled) << "the same seed gives the same order";
  set_order(Order::random, 8);
  EXPECT_NE(turns(), shuffled);
}

__global__ void poison_kernel(unsigned* out) {
  SEQFEAT_SHARED(unsigned[16], kept);
  SEQFEAT_DYNAMIC_SHARED(unsigned, dynamic);
  const unsigned t = threadIdx.x;
  out[blockIdx.x * 32 + t] = kept[t];
  out[blockIdx.x * 32 + 16 + t] = dynamic[t];
  kept[t] = dynamic[t] = t;
}

TEST_F(Engine, PoisonsSharedMemoryForEveryBlock) {
  unsigned* out = nullptr;
  ASSERT_EQ(cudaMalloc(&out, 4 * 32 * sizeof(unsigned)), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(4);
  config.blockDim = dim3(16);
  config.dynamicSmemBytes = 64;
  ASSERT_EQ(cudaLaunchKernelEx(&config, poison_kernel, out), cudaSuccess);
  EXPECT_TRUE(std::all_of(out, out + 128, [](unsigned v) { return v == 0xffffffffu; }));
  EXPECT_EQ(cudaFree(out), cudaSuccess);
}

__global__ void index_kernel(unsigned* out, dim3 extents) {
  const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  out[block * 24 + thread] = extents.x * 100 + block * 24 + thread;
}

TEST_F(Engine, NumbersThreadsAndBlocksInThreeDimensions) {
  unsigned* out = nullptr;
  ASSERT_EQ(cudaMalloc(&out, 24 * 30 * sizeof(unsigned)), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(2, 3, 5);
  config.blockDim = dim3(2, 3, 4);
  ASSERT_EQ(cudaLaunchKernelEx(&config, index_kernel, out, config.gridDim), cudaSuccess);
  for (unsigned i = 0; i < 24 * 30; ++i) ASSERT_EQ(out[i], 200 + i);
  EXPECT_EQ(cudaFree(out), cudaSuccess);
}

__global__ void alone_kernel(int* out) {
  out[threadIdx.x] = 1;
}

__global__ void storm_kernel(int* out) {
  int v = 0;
  for (int i = 0; i < 100; ++i) {
    v += __shfl_xor_sync(0xffffffffu, i, 1);
    __syncthreads();
  }
  out[threadIdx.x] = v;
}

TEST_F(Engine, RunsThreadsThatNeverWaitWithoutChangingStacks) {
  const Stats before = stats();
  results(1024, 1024, alone_kernel);
#if !defined(SIMT_TEST_TSAN)  // there every thread has a stack of its own
  EXPECT_EQ(stats().switches - before.switches, 2u) << "one into the block and one out of it";
#endif
  EXPECT_EQ(stats().launches - before.launches, 1u);
  const Stats middle = stats();
  expect_each(results(256, 256, storm_kernel), [](int) { return 4950; });
  EXPECT_EQ(stats().collectives - middle.collectives, 8u * 100);
  EXPECT_EQ(stats().barriers - middle.barriers, 100u);
}

__global__ void deadlock_kernel(int* out) {
  if (threadIdx.x < 10) out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
  if (threadIdx.x >= 10) __syncthreads();
}

TEST_F(Engine, HandsFaultsToTheTestAndRunsTheNextKernel) {
  int* out = nullptr;
  ASSERT_EQ(cudaMalloc(&out, 4096), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(3);
  config.blockDim = dim3(32);
  set_fault_handler([](const char* message) { throw std::runtime_error(message); });
  for (int round = 0; round < 3; ++round) {
    try {
      cudaLaunchKernelEx(&config, deadlock_kernel, out);
      FAIL() << "the deadlock went unnoticed";
    } catch (const std::runtime_error& fault) {
      EXPECT_NE(std::string(fault.what()).find("22 threads wait at a block barrier"),
                std::string::npos)
          << fault.what();
    }
    EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
    EXPECT_EQ(cudaMemset(out, 0, 4), cudaErrorLaunchFailure) << "the failure sticks";
    EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
    expect_each(results(256, 256, storm_kernel), [](int) { return 4950; });
  }
  EXPECT_EQ(cudaFree(out), cudaSuccess);
}

__global__ void trap_kernel(int* out) {
  out[threadIdx.x] = 1;
  __syncwarp();
  if (threadIdx.x == 3) __trap();
  out[threadIdx.x] = 2;
}

TEST_F(Engine, ATrapBecomesAnErrorThatSticks) {
  int* out = nullptr;
  ASSERT_EQ(cudaMalloc(&out, 128), cudaSuccess);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(1);
  config.blockDim = dim3(32);
  EXPECT_EQ(cudaLaunchKernelEx(&config, trap_kernel, out), cudaSuccess) << "a launch does not wait";
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure);
  EXPECT_EQ(cudaGetLastError(), cudaErrorLaunchFailure) << "asking does not clear it";
  EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaFree(out), cudaSuccess);
}

TEST_F(Engine, TakesLaunchesFromSeveralHostThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 3; ++round) {
        expect_each(results(64, 64, storm_kernel), [](int) { return 4950; });
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

/// Copies a word in each of two groups and notes after each step what has arrived.
__global__ void async_copy_kernel(int* out, const int* from) {
  SEQFEAT_SHARED(int[2], to);
  auto note = [&, step = 0]() mutable {
    out[step++] = to[0];
    out[step++] = to[1];
  };
  to[0] = to[1] = 0;
  __pipeline_memcpy_async(to, from, 4);
  __pipeline_wait_prior(0);  // for no group: nothing was committed
  note();
  __pipeline_commit();
  __pipeline_memcpy_async(to + 1, from + 1, 4);
  __pipeline_commit();
  note();
  __pipeline_wait_prior(1);
  note();
  __pipeline_wait_prior(0);
  note();
}

TEST_F(Engine, CopiesAsynchronouslyInTheWaitForTheGroupOrAtOnce) {
  int* from = nullptr;
  ASSERT_EQ(cudaMalloc(&from, 8), cudaSuccess);
  const std::vector<int> words{7, 8};
  EXPECT_EQ(cudaMemcpy(from, words.data(), 8, cudaMemcpyHostToDevice), cudaSuccess);
  set_order(Order::ascending);
  EXPECT_EQ(results(1, 8, async_copy_kernel, static_cast<const int*>(from)),
            (std::vector<int>{0, 0, 0, 0, 7, 0, 7, 8}));
  set_order(Order::descending);
  EXPECT_EQ(results(1, 8, async_copy_kernel, static_cast<const int*>(from)),
            (std::vector<int>{7, 0, 7, 8, 7, 8, 7, 8}));
  EXPECT_EQ(cudaFree(from), cudaSuccess);
}

__global__ void dependent_kernel(int* out, int waits) {
  if (waits) cudaGridDependencySynchronize();
  *out = waits;
  cudaTriggerProgrammaticLaunchCompletion();
}

TEST_F(Engine, CountsDependentLaunchesThatNeverWait) {
  int* out = nullptr;
  ASSERT_EQ(cudaMalloc(&out, 4), cudaSuccess);
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = config.blockDim = dim3(1);
  config.attrs = &attribute;
  config.numAttrs = 1;
  const auto before = stats().unsynchronized_dependents;
  EXPECT_EQ(cudaLaunchKernelEx(&config, dependent_kernel, out, 1), cudaSuccess);
  EXPECT_EQ(stats().unsynchronized_dependents, before);
  EXPECT_EQ(cudaLaunchKernelEx(&config, dependent_kernel, out, 0), cudaSuccess);
  EXPECT_EQ(stats().unsynchronized_dependents, before + 1);
  EXPECT_EQ(cudaFree(out), cudaSuccess);
}

}  // namespace
}  // namespace simt::test
