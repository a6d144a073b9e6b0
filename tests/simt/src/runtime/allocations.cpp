// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <cstring>
#include <map>

#include "runtime/runtime.hpp"
#include "runtime/work_queue.hpp"
#include "simt/control.hpp"

// Every range that the runtime knows, so that wrong pointers are refused instead of used.

namespace simt {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr int kFreshByte = 0xCD;  // no zeroed memory to rely on
constexpr int kFreedByte = 0xDD;
/// Larger allocations are not filled, so that pages which nobody touches take no memory.
constexpr std::size_t kMostFilled = std::size_t{1} << 30;

std::map<std::uintptr_t, Allocation>& allocations() {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& map = *new std::map<std::uintptr_t, Allocation>;
  return map;
}

struct Use {
  std::size_t bytes = 0;
  std::size_t count = 0;
};
Use use_of[kMaxDevices];
std::size_t limit = std::size_t{8} << 30;

void account(const Allocation& allocation, bool allocated) {
  if (allocation.kind != MemoryKind::device) return;
  Use& use = use_of[allocation.device];
  use.bytes += allocated ? allocation.bytes : std::size_t{0} - allocation.bytes;
  use.count += allocated ? 1 : std::size_t{0} - 1;
  note_pool_use(allocation.pool, allocation.bytes, allocated);
}

}  // namespace

void set_memory_limit(std::size_t bytes) {
  limit = bytes;
}
std::size_t memory_limit() {
  return limit;
}
std::size_t allocated_bytes(int device) {
  return use_of[device].bytes;
}
std::size_t allocation_count(int device) {
  return use_of[device].count;
}

const Allocation* find_allocation(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  auto after = allocations().upper_bound(address);
  if (after == allocations().begin()) return nullptr;
  const Allocation& candidate = std::prev(after)->second;
  return address - candidate.begin < candidate.bytes ? &candidate : nullptr;
}

cudaError_t allocate(void** pointer, std::size_t bytes, MemoryKind kind, int device,
                     cudaMemPool_t pool) {
  if (!pointer) return cudaErrorInvalidValue;
  *pointer = nullptr;
  if (bytes == 0) return cudaSuccess;
  if (kind == MemoryKind::device && (bytes > limit || use_of[device].bytes > limit - bytes)) {
    return cudaErrorMemoryAllocation;
  }
  // Exactly the bytes asked for, so that AddressSanitizer's red zone begins at once.
  if (posix_memalign(pointer, kAlignment, bytes) != 0) {
    *pointer = nullptr;
    return cudaErrorMemoryAllocation;
  }
  if (bytes <= kMostFilled) std::memset(*pointer, kFreshByte, bytes);
  const auto begin = reinterpret_cast<std::uintptr_t>(*pointer);
  const Allocation allocation{begin, bytes, kind, device, pool};
  allocations()[begin] = allocation;
  account(allocation, true);
  return cudaSuccess;
}

cudaError_t deallocate(void* pointer, MemoryKind kind, cudaError_t if_unknown) {
  if (!pointer) return cudaSuccess;
  const auto found = allocations().find(reinterpret_cast<std::uintptr_t>(pointer));
  if (found == allocations().end() || found->second.kind != kind) return if_unknown;
  account(found->second, false);
  if (kind != MemoryKind::registered) {
    if (found->second.bytes <= kMostFilled) {
      std::memset(pointer, kFreedByte, found->second.bytes);
    }
    std::free(pointer);
  }
  allocations().erase(found);
  return cudaSuccess;
}

void register_range(const void* pointer, std::size_t bytes, MemoryKind kind, int device) {
  const auto begin = reinterpret_cast<std::uintptr_t>(pointer);
  allocations()[begin] = Allocation{begin, bytes, kind, device, nullptr};
}

}  // namespace simt

using simt::api_call;
using simt::MemoryKind;

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    return simt::allocate(pointer, bytes, MemoryKind::device, simt::current_device(), nullptr);
  });
}

cudaError_t cudaFree(void* pointer) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    if (const cudaError_t error = simt::run_all_streams(); error != cudaSuccess) return error;
    return simt::deallocate(pointer, MemoryKind::device, cudaErrorInvalidValue);
  });
}

cudaError_t cudaHostAlloc(void** pointer, std::size_t bytes, unsigned) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    return simt::allocate(pointer, bytes, MemoryKind::pinned, simt::current_device(), nullptr);
  });
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  return cudaHostAlloc(pointer, bytes, cudaHostAllocDefault);
}

cudaError_t cudaFreeHost(void* pointer) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    if (const cudaError_t error = simt::run_all_streams(); error != cudaSuccess) return error;
    return simt::deallocate(pointer, MemoryKind::pinned, cudaErrorInvalidValue);
  });
}

cudaError_t cudaHostRegister(void* pointer, std::size_t bytes, unsigned) {
  return api_call([&] {
    if (!pointer || !bytes) return cudaErrorInvalidValue;
    if (simt::find_allocation(pointer)) return cudaErrorHostMemoryAlreadyRegistered;
    simt::register_range(pointer, bytes, MemoryKind::registered, simt::current_device());
    return cudaSuccess;
  });
}

cudaError_t cudaHostUnregister(void* pointer) {
  return api_call([&] {
    if (!pointer) return cudaErrorInvalidValue;
    return simt::deallocate(pointer, MemoryKind::registered, cudaErrorHostMemoryNotRegistered);
  });
}

cudaError_t cudaHostGetDevicePointer(void** device_pointer, void* host_pointer, unsigned) {
  return api_call([&] {
    const simt::Allocation* found = simt::find_allocation(host_pointer);
    if (!device_pointer || !found || found->kind == MemoryKind::device)
      return cudaErrorInvalidValue;
    *device_pointer = host_pointer;
    return cudaSuccess;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  return api_call([&] {
    if (!attributes || !pointer) return cudaErrorInvalidValue;
    const simt::Allocation* found = simt::find_allocation(pointer);
    auto* address = const_cast<void*>(pointer);
    const bool on_device =
        found && (found->kind == MemoryKind::device || found->kind == MemoryKind::symbol);
    *attributes = {};
    attributes->type = !found      ? cudaMemoryTypeUnregistered
                       : on_device ? cudaMemoryTypeDevice
                                   : cudaMemoryTypeHost;
    attributes->device = found ? found->device : -2;
    attributes->devicePointer = found ? address : nullptr;
    attributes->hostPointer = on_device ? nullptr : address;
    return cudaSuccess;
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  return api_call([&] {
    const std::size_t used = simt::allocated_bytes(simt::current_device());
    const std::size_t total = simt::memory_limit();
    if (free_bytes) *free_bytes = used < total ? total - used : 0;
    if (total_bytes) *total_bytes = total;
    return cudaSuccess;
  });
}
