// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "on_device.cuh"

namespace simt::test {
namespace {

__global__ void store_kernel(int* out, int value) {
  out[threadIdx.x] = value;
}

class Runtime : public testing::Test {
 protected:
  Runtime() {
    cudaSetDevice(0);
    cudaGetLastError();
  }
  ~Runtime() override {
    set_memory_limit(std::size_t{8} << 30);
    set_device_count(2);
    cudaSetDevice(0);
    cudaGetLastError();
  }
};

cudaError_t launch_with(dim3 grid, dim3 block, std::size_t shared_bytes, cudaStream_t stream,
                        int* out) {
  const cudaLaunchConfig_t config{grid, block, shared_bytes, stream, nullptr, 0};
  return cudaLaunchKernelEx(&config, store_kernel, out, 1);
}

TEST_F(Runtime, DescribesTwoDevices) {
  int count = 0, value = 0;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaSuccess);
  EXPECT_EQ(count, 2);
  cudaDeviceProp properties{};
  EXPECT_EQ(cudaGetDeviceProperties(&properties, 1), cudaSuccess);
  EXPECT_STREQ(properties.name, "SIMT emulator");
  EXPECT_EQ(properties.major * 10 + properties.minor, 90);
  EXPECT_EQ(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, 1), cudaSuccess);
  EXPECT_EQ(value, 4);
  EXPECT_EQ(cudaSetDevice(2), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_STREQ(cudaGetErrorName(cudaErrorInvalidDevice), "cudaErrorInvalidDevice");
}

TEST_F(Runtime, CanBeAMachineWithoutDevices) {
  set_device_count(0);
  int count = -1;
  void* pointer = nullptr;
  EXPECT_EQ(cudaGetDeviceCount(&count), cudaErrorNoDevice);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(cudaMalloc(&pointer, 16), cudaErrorNoDevice);
}

TEST_F(Runtime, KnowsWhosePointerIsWhose) {
  char *on_device = nullptr, *pinned = nullptr;
  char pageable = 0;
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  ASSERT_EQ(cudaMalloc(&on_device, 100), cudaSuccess);
  ASSERT_EQ(cudaMallocHost(&pinned, 100), cudaSuccess);
  cudaPointerAttributes attributes{};
  EXPECT_EQ(cudaPointerGetAttributes(&attributes, on_device + 99), cudaSuccess);
  EXPECT_EQ(attributes.type, cudaMemoryTypeDevice);
  EXPECT_EQ(attributes.device, 1);
  EXPECT_EQ(cudaPointerGetAttributes(&attributes, pinned), cudaSuccess);
  EXPECT_EQ(attributes.type, cudaMemoryTypeHost);
  EXPECT_EQ(cudaPointerGetAttributes(&attributes, &pageable), cudaSuccess);
  EXPECT_EQ(attributes.type, cudaMemoryTypeUnregistered);
  EXPECT_EQ(allocated_bytes(1), 100u);
  EXPECT_EQ(cudaFree(pinned), cudaErrorInvalidValue) << "not what cudaFree frees";
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
  EXPECT_EQ(cudaFree(on_device), cudaSuccess);
  EXPECT_EQ(cudaFree(on_device), cudaErrorInvalidValue) << "freed twice";
  EXPECT_EQ(allocated_bytes(1), 0u);
}

TEST_F(Runtime, RefusesCopiesThatLeaveTheirAllocationOrSide) {
  char* on_device = nullptr;
  char host[64] = "right";
  ASSERT_EQ(cudaMalloc(&on_device, 8), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(on_device, host, 8, cudaMemcpyHostToDevice), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(on_device, host, 9, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(on_device, host, 8, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(host + 32, on_device + 1, 8, cudaMemcpyDefault), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(on_device + 4, 0, 5), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(host, 0, 5), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(host + 32, on_device, 6, cudaMemcpyDeviceToHost), cudaSuccess);
  EXPECT_STREQ(host + 32, "right");
  EXPECT_EQ(cudaFree(on_device), cudaSuccess);
}

__device__ int table_on_device[4];

__global__ void read_symbol_kernel(int* out) {
  out[threadIdx.x] = table_on_device[threadIdx.x];
}

TEST_F(Runtime, CopiesToSymbols) {
  const int values[] = {5, 6};
  EXPECT_EQ(cudaMemcpyToSymbol(table_on_device, values, 8, 8), cudaSuccess);
  EXPECT_EQ(cudaMemcpyToSymbol(table_on_device, values, 8, 12), cudaErrorInvalidValue);
  EXPECT_EQ(results(4, 4, read_symbol_kernel), (std::vector<int>{0, 0, 5, 6}));
}

TEST_F(Runtime, RunsOutOfMemoryAtTheLimit) {
  set_memory_limit(1000);
  char *first = nullptr, *second = nullptr;
  ASSERT_EQ(cudaMalloc(&first, 600), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&second, 401), cudaErrorMemoryAllocation);
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaMalloc(&second, ~std::size_t{0}), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaMalloc(&second, 400), cudaSuccess) << "the error does not stick";
  EXPECT_EQ(cudaFree(first), cudaSuccess);
  EXPECT_EQ(cudaFree(second), cudaSuccess);
}

TEST_F(Runtime, PoolsCountWhatTheyGive) {
  cudaMemPoolProps properties{};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location = {cudaMemLocationTypeDevice, 1};
  properties.maxSize = 1024;
  cudaMemPool_t pool = nullptr;
  ASSERT_EQ(cudaMemPoolCreate(&pool, &properties), cudaSuccess);
  std::uint64_t threshold = 1 << 20, used = 0;
  EXPECT_EQ(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &threshold),
            cudaSuccess);
  char *pointer = nullptr, *more = nullptr;
  EXPECT_EQ(cudaMallocFromPoolAsync(&pointer, 1000, pool, nullptr), cudaSuccess);
  EXPECT_EQ(cudaMallocFromPoolAsync(&more, 25, pool, nullptr), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &used), cudaSuccess);
  EXPECT_EQ(used, 1000u);
  cudaPointerAttributes attributes{};
  EXPECT_EQ(cudaPointerGetAttributes(&attributes, pointer), cudaSuccess);
  EXPECT_EQ(attributes.device, 1);
  EXPECT_EQ(cudaMemPoolDestroy(pool), cudaErrorInvalidValue) << "still in use";
  EXPECT_EQ(cudaFreeAsync(pointer, nullptr), cudaSuccess);
  EXPECT_EQ(cudaMemPoolTrimTo(pool, 0), cudaSuccess);
  EXPECT_EQ(cudaMemPoolDestroy(pool), cudaSuccess);
}

TEST_F(Runtime, RefusesLaunchesThatNoDeviceCouldRun) {
  int* out = nullptr;
  ASSERT_EQ(cudaMalloc(&out, 4096), cudaSuccess);
  EXPECT_EQ(launch_with(0, 1, 0, nullptr, out), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch_with(1, 1025, 0, nullptr, out), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch_with(dim3(1, 65536), 1, 0, nullptr, out), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch_with(1, dim3(1, 1, 65), 0, nullptr, out), cudaErrorInvalidConfiguration);
  EXPECT_EQ(launch_with(1, 1, 49 << 10, nullptr, out), cudaErrorInvalidValue);
  const auto size = cudaFuncAttributeMaxDynamicSharedMemorySize;
  EXPECT_EQ(cudaFuncSetAttribute(store_kernel, size, 228 << 10), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFuncSetAttribute(store_kernel, size, 100 << 10), cudaSuccess);
  EXPECT_EQ(launch_with(1, 1, 49 << 10, nullptr, out), cudaSuccess);
  cudaFuncAttributes attributes{};
  EXPECT_EQ(cudaFuncGetAttributes(&attributes, store_kernel), cudaSuccess);
  EXPECT_EQ(attributes.maxDynamicSharedSizeBytes, 100 << 10);
  int blocks = 0;
  EXPECT_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, store_kernel, 256, 0),
            cudaSuccess);
  EXPECT_EQ(blocks, 8);
  EXPECT_EQ(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, store_kernel, 256, 99 << 10),
            cudaSuccess);
  EXPECT_EQ(blocks, 2);
  EXPECT_EQ(cudaFuncSetAttribute(store_kernel, size, 48 << 10), cudaSuccess);
  EXPECT_EQ(cudaFree(out), cudaSuccess);
}

TEST_F(Runtime, StreamsBelongToADevice) {
  int* out = nullptr;
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaMalloc(&out, 4096), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  ASSERT_EQ(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, -1), cudaSuccess);
  int device = -1;
  EXPECT_EQ(cudaStreamGetDevice(stream, &device), cudaSuccess);
  EXPECT_EQ(device, 1);
  EXPECT_EQ(launch_with(1, 1, 0, stream, out), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(launch_with(1, 1, 0, stream, out), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaFree(out), cudaSuccess);
}

TEST_F(Runtime, EventsKeepTheOrderInWhichTheyWereRecorded) {
  cudaEvent_t first = nullptr, second = nullptr, untimed = nullptr;
  ASSERT_EQ(cudaEventCreate(&first), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&second), cudaSuccess);
  ASSERT_EQ(cudaEventCreateWithFlags(&untimed, cudaEventDisableTiming), cudaSuccess);
  float milliseconds = 0;
  EXPECT_EQ(cudaEventQuery(first), cudaSuccess);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, first, second), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaEventRecord(first), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(second), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(untimed), cudaSuccess);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, first, second), cudaSuccess);
  EXPECT_GT(milliseconds, 0.0f);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, second, first), cudaSuccess);
  EXPECT_LT(milliseconds, 0.0f);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, first, untimed), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamWaitEvent(nullptr, second), cudaSuccess);
  for (cudaEvent_t event : {first, second, untimed})
    EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaEventQuery(first), cudaErrorInvalidResourceHandle);
}

}  // namespace
}  // namespace simt::test
