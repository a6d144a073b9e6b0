// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>
#include <string_view>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "backend/text.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/memory.hpp"

using seqfeat::Backend;
using seqfeat::abi::guarded;
using seqfeat::abi::require;
using seqfeat::abi::to_stream;
using seqfeat::abi::to_values;

namespace {

/// The caller's allocator as a resource: the structures differ only in the type of streams.
class CallersMemory final : public seqfeat::MemoryResource {
 public:
  explicit CallersMemory(const seqfeat_memory& functions) : functions_(functions) {}

  void* allocate(std::int64_t bytes, std::int64_t alignment, seqfeat::Stream stream) override {
    void* memory = functions_.allocate(bytes, alignment, stream.handle(), functions_.context);
    if (memory != nullptr) return memory;
    throw seqfeat::OutOfMemory(
        seqfeat::detail::concat("the caller's allocator has no ", bytes, " bytes"), bytes);
  }
  void deallocate(void* pointer, std::int64_t bytes, std::int64_t alignment,
                  seqfeat::Stream stream) noexcept override {
    functions_.deallocate(pointer, bytes, alignment, stream.handle(), functions_.context);
  }

 private:
  seqfeat_memory functions_;
};

std::shared_ptr<seqfeat::MemoryResource> resource_of(const seqfeat_memory* memory) {
  if (memory == nullptr) return nullptr;
  if (memory->allocate == nullptr || memory->deallocate == nullptr) {
    throw seqfeat::InvalidArgument("memory: got a null function, expected two functions");
  }
  return std::make_shared<CallersMemory>(*memory);
}

seqfeat_backend open_device(int ordinal, const seqfeat_memory* memory) {
  return {Backend::cuda(ordinal, resource_of(memory)), seqfeat::detail::concat("cuda:", ordinal),
          getpid()};
}

seqfeat_backend open(std::string_view name, const seqfeat_memory* memory) {
  const auto cpu = [&] {
    return seqfeat_backend{Backend::cpu(resource_of(memory)), "cpu", getpid()};
  };
  if (name == "cpu") return cpu();
  if (name == "cuda") return open_device(0, memory);
  if (name == "auto") {
    try {
      return open_device(0, memory);
    } catch (const seqfeat::DeviceUnavailable&) {
      return cpu();
    }
  }
  if (name.starts_with("cuda:")) {
    if (const auto ordinal = seqfeat::detail::number_in<int>(name.substr(5))) {
      return open_device(*ordinal, memory);
    }
  }
  throw seqfeat::InvalidArgument(seqfeat::detail::concat(
      "backend: got '", name, "', expected 'auto', 'cpu', 'cuda' or 'cuda:N'"));
}

}  // namespace

void seqfeat_backend::require_usable() const {
  if (!backend.on_device() || process == getpid()) return;
  throw seqfeat::DeviceUnavailable(
      "CUDA does not work in a forked child of a process that has used it; start the child with "
      "the method 'spawn', or use backend 'cpu' in it");
}

seqfeat_status seqfeat_backend_open(const char* name, const seqfeat_memory* memory,
                                    seqfeat_backend** out) {
  return guarded([&] {
    require(name, "name");
    require(out, "out");
    *out = new seqfeat_backend(open(name, memory));
  });
}

void seqfeat_backend_free(seqfeat_backend* backend) {
  delete backend;
}

const char* seqfeat_backend_name(const seqfeat_backend* backend) {
  return backend->name.c_str();
}

int32_t seqfeat_backend_on_device(const seqfeat_backend* backend) {
  return backend->backend.on_device() ? 1 : 0;
}

seqfeat_status seqfeat_hash_buckets(const seqfeat_backend* backend, const seqfeat_values* values,
                                    int64_t hash_bucket_size, int64_t* ids, void* stream) {
  return guarded([&] {
    require(backend, "backend");
    backend->require_usable();
    seqfeat::hash(backend->backend, to_values(values), hash_bucket_size, ids, to_stream(stream));
  });
}

seqfeat_status seqfeat_hash_bucket(const seqfeat_backend* backend, const seqfeat_values* values,
                                   int64_t num_buckets, const seqfeat_hash_options* options,
                                   int64_t* ids, void* stream) {
  return guarded([&] {
    require(backend, "backend");
    backend->require_usable();
    const seqfeat::ValuesView view = to_values(values);
    seqfeat::hash_bucket(backend->backend, view, num_buckets,
                         seqfeat::abi::to_hash_options(options, view.dtype), ids,
                         to_stream(stream));
  });
}

seqfeat_status seqfeat_fingerprints(const seqfeat_backend* backend, const seqfeat_values* values,
                                    uint64_t* fingerprints, void* stream) {
  return guarded([&] {
    require(backend, "backend");
    backend->require_usable();
    seqfeat::fingerprint(backend->backend, to_values(values), fingerprints, to_stream(stream));
  });
}
