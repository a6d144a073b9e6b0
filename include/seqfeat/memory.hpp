// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "seqfeat/stream.hpp"

namespace seqfeat {

/// Where memory comes from. Implementations may be called from several threads at once.
class MemoryResource {
 public:
  MemoryResource() = default;
  MemoryResource(const MemoryResource&) = delete;
  MemoryResource& operator=(const MemoryResource&) = delete;
  MemoryResource(MemoryResource&&) = delete;
  MemoryResource& operator=(MemoryResource&&) = delete;
  virtual ~MemoryResource() = default;

  /// Returns `bytes` (> 0) bytes aligned to `alignment` (a power of two up to 256).
  ///
  /// Stream   The memory may be used by work enqueued on `stream` from here on.
  /// Throws   OutOfMemory with the bytes asked for.
  virtual void* allocate(std::int64_t bytes, std::int64_t alignment, Stream stream) = 0;

  /// Gives memory back once the work enqueued on `stream` so far is done. That may be another
  /// stream than the one given at the allocation.
  virtual void deallocate(void* pointer, std::int64_t bytes, std::int64_t alignment,
                          Stream stream) noexcept = 0;
};

/// A memory resource from two C functions, so that another allocator fits without being linked.
///
/// `allocate` returns null where there is no memory; both get `context` and the `cudaStream_t`.
struct MemoryFunctions {
  void* (*allocate)(std::int64_t bytes, std::int64_t alignment, CUstream_st* stream, void* context);
  void (*deallocate)(void* pointer, std::int64_t bytes, std::int64_t alignment, CUstream_st* stream,
                     void* context);
  void* context;
};

/// Wraps C functions as a resource. Memory: `functions.context` must outlive the resource.
std::shared_ptr<MemoryResource> make_memory_resource(MemoryFunctions functions);

/// Host memory from the C++ heap.
std::shared_ptr<MemoryResource> host_memory_resource();

/// A block of memory that knows where it came from and goes back there. Movable, not copyable.
class Buffer {
 public:
  /// Every allocation starts at a multiple of this.
  static constexpr std::int64_t kAlignment = 256;

  Buffer() = default;

  /// Allocates `bytes` from `resource`; 0 bytes allocate nothing.
  ///
  /// Stream   Usable by work on `stream`; given back there too, unless `give_back_on` names
  /// another. Throws   InvalidArgument if `bytes` is negative, OutOfMemory.
  Buffer(std::shared_ptr<MemoryResource> resource, std::int64_t bytes, Stream stream);

  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer taken(std::move(other));
    swap(taken);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  /// Gives the memory back on `stream`, the stream that used it last, instead of the one it was
  /// allocated on.
  void give_back_on(Stream stream) noexcept { stream_ = stream; }

  [[nodiscard]] void* data() const noexcept { return data_; }
  [[nodiscard]] std::int64_t size_bytes() const noexcept { return bytes_; }

  /// The memory seen as objects of type T.
  template <class T>
  [[nodiscard]] T* as() const noexcept {
    return static_cast<T*>(data_);
  }

  void swap(Buffer& other) noexcept {
    std::swap(resource_, other.resource_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(stream_, other.stream_);
  }

 private:
  std::shared_ptr<MemoryResource> resource_;
  void* data_ = nullptr;
  std::int64_t bytes_ = 0;
  Stream stream_ = kHostStream;
};

}  // namespace seqfeat
