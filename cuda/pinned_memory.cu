// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cuda/check.hpp"
#include "cuda/memory.hpp"
#include "cuda/port.cuh"
#include "seqfeat/error.hpp"

namespace seqfeat::cuda {
namespace {

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
    const CaptureBypass bypass;
    const std::uint64_t size = rounded(bytes);
    if (void* reused = take(size)) return reused;
    void* pointer = nullptr;
    const cudaError_t error = cudaHostAlloc(&pointer, size, cudaHostAllocPortable);
    if (error == cudaErrorMemoryAllocation) {
      static_cast<void>(cudaGetLastError());
      throw OutOfMemory("pinned host memory: " + std::to_string(size) +
                            " bytes could not be allocated; use smaller batches",
                        static_cast<std::int64_t>(size));
    }
    check_cuda(error, "cudaHostAlloc");
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

std::shared_ptr<MemoryResource> make_pinned_memory(const Device& device) {
  return std::make_shared<PinnedMemory>(device.ordinal);
}

}  // namespace seqfeat::cuda
