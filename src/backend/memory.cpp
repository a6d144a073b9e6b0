// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/memory.hpp"

#include <new>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

class HostMemory final : public MemoryResource {
 public:
  void* allocate(std::int64_t bytes, std::int64_t alignment, Stream /*stream*/) override {
    void* pointer = ::operator new(static_cast<std::size_t>(bytes),
                                   static_cast<std::align_val_t>(alignment), std::nothrow);
    if (pointer == nullptr) {
      throw OutOfMemory(detail::concat("host memory: ", bytes, " bytes could not be had"), bytes);
    }
    return pointer;
  }
  void deallocate(void* pointer, std::int64_t /*bytes*/, std::int64_t alignment,
                  Stream /*stream*/) noexcept override {
    ::operator delete(pointer, static_cast<std::align_val_t>(alignment));
  }
};

class FunctionMemory final : public MemoryResource {
 public:
  explicit FunctionMemory(MemoryFunctions functions) : functions_(functions) {}

  void* allocate(std::int64_t bytes, std::int64_t alignment, Stream stream) override {
    void* pointer = functions_.allocate(bytes, alignment, stream.handle(), functions_.context);
    if (pointer == nullptr) {
      throw OutOfMemory(
          detail::concat("the caller's allocator: ", bytes, " bytes could not be had"), bytes);
    }
    return pointer;
  }
  void deallocate(void* pointer, std::int64_t bytes, std::int64_t alignment,
                  Stream stream) noexcept override {
    functions_.deallocate(pointer, bytes, alignment, stream.handle(), functions_.context);
  }

 private:
  MemoryFunctions functions_;
};

}  // namespace

std::shared_ptr<MemoryResource> make_memory_resource(MemoryFunctions functions) {
  if (functions.allocate == nullptr || functions.deallocate == nullptr) {
    throw InvalidArgument("memory functions: allocate and deallocate must not be null");
  }
  return std::make_shared<FunctionMemory>(functions);
}

std::shared_ptr<MemoryResource> host_memory_resource() {
  static const auto resource = std::make_shared<HostMemory>();
  return resource;
}

Buffer::Buffer(std::shared_ptr<MemoryResource> resource, std::int64_t bytes, Stream stream)
    : resource_(std::move(resource)), bytes_(bytes), stream_(stream) {
  if (bytes < 0) throw InvalidArgument(detail::concat("buffer: got ", bytes, " bytes"));
  if (bytes > 0) data_ = resource_->allocate(bytes, kAlignment, stream);
}

Buffer::~Buffer() {
  if (data_ != nullptr) resource_->deallocate(data_, bytes_, kAlignment, stream_);
}

}  // namespace seqfeat
