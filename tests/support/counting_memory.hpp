// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

#include "seqfeat/error.hpp"
#include "seqfeat/memory.hpp"

namespace seqfeat::test {

/// Passes on to another resource, counts, and fails on request.
class CountingMemory final : public MemoryResource {
 public:
  explicit CountingMemory(std::shared_ptr<MemoryResource> upstream)
      : upstream_(std::move(upstream)) {}

  void* allocate(std::int64_t bytes, std::int64_t alignment, Stream stream) override {
    if (fail_after >= 0 && fail_after-- == 0) throw OutOfMemory("planted", bytes);
    void* const pointer = upstream_->allocate(bytes, alignment, stream);
    ++allocations;
    live += bytes;
    return pointer;
  }
  void deallocate(void* pointer, std::int64_t bytes, std::int64_t alignment,
                  Stream stream) noexcept override {
    live -= bytes;
    upstream_->deallocate(pointer, bytes, alignment, stream);
  }

  std::atomic<std::int64_t> allocations = 0;
  std::atomic<std::int64_t> live = 0;         ///< Bytes that were not given back yet.
  std::atomic<std::int64_t> fail_after = -1;  ///< So many allocations succeed; -1: all of them.

 private:
  std::shared_ptr<MemoryResource> upstream_;
};

}  // namespace seqfeat::test
