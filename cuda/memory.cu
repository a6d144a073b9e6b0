// SPDX-License-Identifier: Apache-2.0
#include "cuda/memory.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cuda/check.hpp"
#include "cuda/port.cuh"
#include "seqfeat/error.hpp"

namespace seqfeat::cuda {
namespace {

/// Passes on success; OutOfMemory, naming the memory, if that is what the call says, else
/// CudaError.
void check_allocation(cudaError_t error, const char* call, std::int64_t bytes,
                      const std::string& memory) {
  if (error == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());
    throw OutOfMemory(memory + ": " + std::to_string(bytes) +
                          " bytes could not be allocated; use smaller batches or tables",
                      bytes);
  }
  check_cuda(error, call);
}

/// A pool of our own; without one each block is the runtime's.
class DeviceMemory final : public MemoryResource {
 public:
  explicit DeviceMemory(const Device& device) : ordinal_(device.ordinal) {
    if (!device.has_pools) return;
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
  ~DeviceMemory() override {
    const CaptureBypass bypass;
    if (pool_ != nullptr) static_cast<void>(cudaMemPoolDestroy(pool_));
  }

  void* allocate(std::int64_t bytes, std::int64_t /*alignment*/, Stream stream) override {
    const DeviceGuard guard(ordinal_);
    void* pointer = nullptr;
    const auto size = static_cast<std::size_t>(bytes);
    check_allocation(pool_ != nullptr
                         ? cudaMallocFromPoolAsync(&pointer, size, pool_, stream.handle())
                         : cudaMalloc(&pointer, size),
                     pool_ != nullptr ? "cudaMallocFromPoolAsync" : "cudaMalloc", bytes,
                     "CUDA device " + std::to_string(ordinal_));
    return pointer;
  }
  void deallocate(void* pointer, std::int64_t /*bytes*/, std::int64_t /*alignment*/,
                  Stream stream) noexcept override {
    const CaptureBypass bypass;
    try {
      const DeviceGuard guard(ordinal_);  // the default streams are those of the current device
      if (pool_ != nullptr && cudaFreeAsync(pointer, stream.handle()) == cudaSuccess) return;
    } catch (...) {  // the device cannot be made current
    }
    static_cast<void>(cudaFree(pointer));  // waits for all work on the device
  }

 private:
  int ordinal_;
  cudaMemPool_t pool_ = nullptr;
};

/// A block that was given back, usable when its event has passed.
struct FreeBlock {
  void* pointer;
  std::uint64_t bytes;
  cudaEvent_t event;
};

/// Sizes are rounded up to powers of two, so that batches of about one size share blocks.
std::uint64_t rounded(std::int64_t bytes) {
  constexpr std::uint64_t kLeast = 4096;
  const auto wanted = static_cast<std::uint64_t>(bytes);
  constexpr std::uint64_t kLargestPower = std::uint64_t{1} << 62;
  return wanted > kLargestPower ? wanted : std::max(kLeast, std::bit_ceil(wanted));
}

class PinnedMemory final : public MemoryResource {
 public:
  explicit PinnedMemory(int ordinal) : ordinal_(ordinal) {}
  ~PinnedMemory() override {
    for (const FreeBlock& block : free_) release(block);
  }

  void* allocate(std::int64_t bytes, std::int64_t /*alignment*/, Stream /*stream*/) override {
    const DeviceGuard guard(ordinal_);
    const std::uint64_t size = rounded(bytes);
    if (void* reused = take(size)) return reused;
    void* pointer = nullptr;
    check_allocation(cudaHostAlloc(&pointer, size, cudaHostAllocPortable), "cudaHostAlloc",
                     static_cast<std::int64_t>(size), "pinned host memory");
    return pointer;
  }

  void deallocate(void* pointer, std::int64_t bytes, std::int64_t /*alignment*/,
                  Stream stream) noexcept override {
    FreeBlock block{pointer, rounded(bytes), nullptr};
    try {
      const DeviceGuard guard(ordinal_);
      check_cuda(cudaEventCreateWithFlags(&block.event, cudaEventDisableTiming),
                 "cudaEventCreateWithFlags");
      check_cuda(cudaEventRecord(block.event, stream.handle()), "cudaEventRecord");
      const std::scoped_lock lock(mutex_);
      free_.push_back(block);
    } catch (...) {
      release(block);  // waits for all work, so nothing still reads it
    }
  }

 private:
  static void release(const FreeBlock& block) noexcept {
    const CaptureBypass bypass;
    static_cast<void>(cudaFreeHost(block.pointer));
    if (block.event != nullptr) static_cast<void>(cudaEventDestroy(block.event));
  }

  /// A free block of that size, or null.
  void* take(std::uint64_t size) {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(free_.begin(), free_.end(), [size](const FreeBlock& block) {
      return block.bytes == size && cudaEventQuery(block.event) == cudaSuccess;
    });
    if (found == free_.end()) return nullptr;
    void* pointer = found->pointer;
    static_cast<void>(cudaEventDestroy(found->event));
    *found = free_.back();
    free_.pop_back();
    return pointer;
  }

  int ordinal_;
  std::mutex mutex_;
  std::vector<FreeBlock> free_;
};

}  // namespace

std::shared_ptr<MemoryResource> make_device_memory(const Device& device) {
  return std::make_shared<DeviceMemory>(device);
}

std::shared_ptr<MemoryResource> make_pinned_memory(const Device& device) {
  return std::make_shared<PinnedMemory>(device.ordinal);
}

}  // namespace seqfeat::cuda
