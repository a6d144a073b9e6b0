// SPDX-License-Identifier: Apache-2.0
#include "cpu/pooled_memory.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>
#include <vector>

#include "backend/fork_aware.hpp"
#include "backend/host_memory.hpp"
#include "seqfeat/error.hpp"
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(pointer, bytes) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(pointer, bytes) static_cast<void>(0)
#endif

namespace seqfeat::cpu {
namespace {

constexpr std::int64_t kSmall = 64 << 10;      // below, the heap's own lists do as well
constexpr std::uint64_t kPatience = 256;       // allocations that a free block waits for a taker
constexpr std::int64_t kClassesPerOctave = 4;  // so at most a quarter is asked for in vain

/// Sizes are rounded up, so that batches of about one size share blocks.
std::int64_t rounded(std::int64_t bytes) noexcept {
  const auto octave = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(bytes)));
  const std::int64_t step = std::max<std::int64_t>(octave / kClassesPerOctave, 1);
  std::int64_t size = 0;
  if (__builtin_add_overflow(bytes, step - 1, &size)) return bytes;
  return size / step * step;
}

/// Blocks of rounded sizes between the heap and the batches.
class PooledMemory final : public MemoryResource, private detail::ForkAware {
 public:
  explicit PooledMemory(std::shared_ptr<MemoryResource> upstream)
      : upstream_(std::move(upstream)) {}
  PooledMemory(const PooledMemory&) = delete;
  PooledMemory& operator=(const PooledMemory&) = delete;
  PooledMemory(PooledMemory&&) = delete;
  PooledMemory& operator=(PooledMemory&&) = delete;
  ~PooledMemory() override {
    for (const Block& block : free_) release(block);
  }

  void* allocate(std::int64_t bytes, std::int64_t alignment, Stream stream) override {
    if (bytes < kSmall) return upstream_->allocate(bytes, alignment, stream);
    const std::int64_t size = rounded(bytes);
    if (void* reused = take(size)) return reused;
    try {
      return fresh(size);
    } catch (const OutOfMemory&) {
      give_up_kept();
    }
    try {
      return fresh(size);
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      live_ -= size;
      throw;
    }
  }

  void deallocate(void* pointer, std::int64_t bytes, std::int64_t alignment,
                  Stream stream) noexcept override {
    if (bytes < kSmall) {
      upstream_->deallocate(pointer, bytes, alignment, stream);
      return;
    }
    const Block block{pointer, rounded(bytes), 0};
    try {
      const std::scoped_lock lock(mutex_);
      most_ = std::max(most_, live_);
      live_ -= block.size;
      free_.push_back({block.pointer, block.size, clock_});
      kept_ += block.size;
      ASAN_POISON_MEMORY_REGION(pointer, static_cast<std::size_t>(block.size));
    } catch (...) {
      release(block);  // no memory to note it in
    }
  }

 private:
  void before_fork() noexcept override { mutex_.lock(); }
  void after_fork_in_parent() noexcept override { mutex_.unlock(); }
  void after_fork_in_child() noexcept override { mutex_.unlock(); }

  struct Block {
    void* pointer;
    std::int64_t size;
    std::uint64_t freed;  // at which tick of clock_
  };

  /// A free block of that size, or null after it has made room for a fresh one.
  void* take(std::int64_t size) {
    const std::scoped_lock lock(mutex_);
    ++clock_;
    live_ += size;
    // The one that was given back last: of all it has the most left in the caches.
    const auto found = std::find_if(free_.rbegin(), free_.rend(),
                                    [size](const Block& block) { return block.size == size; });
    void* pointer = nullptr;
    if (found != free_.rend()) {
      pointer = found->pointer;
      kept_ -= size;
      free_.erase(std::next(found).base());
      ASAN_UNPOISON_MEMORY_REGION(pointer, static_cast<std::size_t>(size));
    }
    while (!free_.empty() &&
           (clock_ - free_.front().freed > kPatience || live_ + kept_ > std::max(most_, live_))) {
      drop_oldest();
    }
    return pointer;
  }

  void give_up_kept() {
    const std::scoped_lock lock(mutex_);
    while (!free_.empty()) drop_oldest();
  }

  void drop_oldest() noexcept {
    kept_ -= free_.front().size;
    release(free_.front());
    free_.erase(free_.begin());
  }

  void* fresh(std::int64_t size) {
    void* pointer = upstream_->allocate(size, Buffer::kAlignment, kHostStream);
    detail::prefer_huge_pages(pointer, size);
    return pointer;
  }

  void release(const Block& block) noexcept {
    ASAN_UNPOISON_MEMORY_REGION(block.pointer, static_cast<std::size_t>(block.size));
    upstream_->deallocate(block.pointer, block.size, Buffer::kAlignment, kHostStream);
  }

  const std::shared_ptr<MemoryResource> upstream_;
  std::mutex mutex_;
  std::vector<Block> free_;  // the oldest first
  std::int64_t live_ = 0;    // bytes of blocks in use
  std::int64_t kept_ = 0;    // bytes of free_
  std::int64_t most_ = 0;    // live_ at its highest so far
  std::uint64_t clock_ = 0;
};

}  // namespace

std::shared_ptr<MemoryResource> make_pooled_memory(std::shared_ptr<MemoryResource> upstream) {
  return std::make_shared<PooledMemory>(std::move(upstream));
}

}  // namespace seqfeat::cpu
