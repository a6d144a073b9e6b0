// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <limits>
#include <string>

#include "cuda/check.hpp"
#include "cuda/memory.hpp"
#include "cuda/port.cuh"
#include "seqfeat/error.hpp"

namespace seqfeat::cuda {
namespace {

/// Passes on success; OutOfMemory if that is what the call says, else CudaError.
void check_allocation(cudaError_t error, const char* call, std::int64_t bytes, int ordinal) {
  if (error == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());
    throw OutOfMemory("CUDA device " + std::to_string(ordinal) + ": " + std::to_string(bytes) +
                          " bytes could not be allocated; use smaller batches or tables",
                      bytes);
  }
  check_cuda(error, call);
}

class PoolMemory final : public MemoryResource {
 public:
  explicit PoolMemory(int ordinal) : ordinal_(ordinal) {
    const DeviceGuard guard(ordinal_);
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.handleTypes = cudaMemHandleTypeNone;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = ordinal_;
    check_cuda(cudaMemPoolCreate(&pool_, &properties), "cudaMemPoolCreate");
    auto threshold = std::numeric_limits<std::uint64_t>::max();
    check_cuda(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &threshold),
               "cudaMemPoolSetAttribute");
  }
  ~PoolMemory() override { static_cast<void>(cudaMemPoolDestroy(pool_)); }

  void* allocate(std::int64_t bytes, std::int64_t /*alignment*/, Stream stream) override {
    const DeviceGuard guard(ordinal_);
    const CaptureBypass bypass;
    void* pointer = nullptr;
    check_allocation(
        cudaMallocFromPoolAsync(&pointer, static_cast<std::size_t>(bytes), pool_, stream.handle()),
        "cudaMallocFromPoolAsync", bytes, ordinal_);
    return pointer;
  }
  void deallocate(void* pointer, std::int64_t /*bytes*/, std::int64_t /*alignment*/,
                  Stream stream) noexcept override {
    const CaptureBypass bypass;
    try {
      const DeviceGuard guard(ordinal_);  // the default streams are those of the current device
      static_cast<void>(cudaFreeAsync(pointer, stream.handle()));
    } catch (...) {
      static_cast<void>(cudaFree(pointer));  // waits for all work on the device
    }
  }

 private:
  int ordinal_;
  cudaMemPool_t pool_ = nullptr;
};

class PlainMemory final : public MemoryResource {
 public:
  explicit PlainMemory(int ordinal) : ordinal_(ordinal) {}

  void* allocate(std::int64_t bytes, std::int64_t /*alignment*/, Stream /*stream*/) override {
    const DeviceGuard guard(ordinal_);
    const CaptureBypass bypass;
    void* pointer = nullptr;
    check_allocation(cudaMalloc(&pointer, static_cast<std::size_t>(bytes)), "cudaMalloc", bytes,
                     ordinal_);
    return pointer;
  }
  void deallocate(void* pointer, std::int64_t /*bytes*/, std::int64_t /*alignment*/,
                  Stream /*stream*/) noexcept override {
    const CaptureBypass bypass;
    static_cast<void>(cudaFree(pointer));  // waits for all work on the device
  }

 private:
  int ordinal_;
};

}  // namespace

std::shared_ptr<MemoryResource> make_device_memory(const Device& device) {
  if (device.has_pools) return std::make_shared<PoolMemory>(device.ordinal);
  return std::make_shared<PlainMemory>(device.ordinal);
}

}  // namespace seqfeat::cuda
