// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "runtime/machine.hpp"
#include "runtime/runtime.hpp"
#include "runtime/work_queue.hpp"

// Pools keep no memory: what is freed goes back at once, so that a use after cudaFreeAsync shows.

struct CUmemPoolHandle_st {
  int device = 0;
  std::size_t max_bytes = 0;  // 0: no limit of its own
  std::uint64_t release_threshold = 0;
  std::uint64_t used = 0;
  std::uint64_t used_high = 0;
  int reuse[3] = {1, 1, 1};
};

namespace simt {
namespace {

std::set<cudaMemPool_t>& pools() {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& set = *new std::set<cudaMemPool_t>;
  return set;
}

cudaMemPool_t default_pool(int device) {
  static CUmemPoolHandle_st defaults[kMaxDevices];
  defaults[device].device = device;
  return &defaults[device];
}

bool is_alive(cudaMemPool_t pool) {
  if (!pool) return false;
  if (pools().count(pool)) return true;
  for (int device = 0; device < device_count(); ++device) {
    if (pool == default_pool(device)) return true;
  }
  return false;
}

cudaError_t allocate_from(void** pointer, std::size_t bytes, cudaMemPool_t pool,
                          cudaStream_t stream) {
  if (!resolve(stream)) return cudaErrorInvalidResourceHandle;
  if (!is_alive(pool)) return cudaErrorInvalidValue;
  if (const cudaError_t error = forbid_during_capture(); error != cudaSuccess) return error;
  if (pool->max_bytes && (bytes > pool->max_bytes || pool->used > pool->max_bytes - bytes)) {
    return cudaErrorMemoryAllocation;
  }
  return allocate(pointer, bytes, MemoryKind::device, pool->device, pool);
}

/// The integer or 64-bit counter behind an attribute; one of the two is null.
struct Slot {
  int* flag = nullptr;
  std::uint64_t* counter = nullptr;
};

Slot slot_of(CUmemPoolHandle_st& pool, cudaMemPoolAttr attribute) {
  switch (attribute) {
    case cudaMemPoolReuseFollowEventDependencies:
    case cudaMemPoolReuseAllowOpportunistic:
    case cudaMemPoolReuseAllowInternalDependencies:
      return {&pool.reuse[attribute - 1], nullptr};
    case cudaMemPoolAttrReleaseThreshold:
      return {nullptr, &pool.release_threshold};
    case cudaMemPoolAttrReservedMemCurrent:
    case cudaMemPoolAttrUsedMemCurrent:
      return {nullptr, &pool.used};
    case cudaMemPoolAttrReservedMemHigh:
    case cudaMemPoolAttrUsedMemHigh:
      return {nullptr, &pool.used_high};
    default:
      return {};
  }
}

}  // namespace

void note_pool_use(cudaMemPool_t pool, std::size_t bytes, bool allocated) {
  if (!pool) return;
  pool->used += allocated ? bytes : std::size_t{0} - bytes;
  pool->used_high = std::max(pool->used_high, pool->used);
}

}  // namespace simt

using simt::api_call;

cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* properties) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    if (!pool || !properties || properties->allocType != cudaMemAllocationTypePinned ||
        properties->location.type != cudaMemLocationTypeDevice) {
      return cudaErrorInvalidValue;
    }
    if (properties->location.id < 0 || properties->location.id >= simt::device_count()) {
      return cudaErrorInvalidDevice;
    }
    auto* created = new CUmemPoolHandle_st;
    created->device = properties->location.id;
    created->max_bytes = properties->maxSize;
    simt::pools().insert(created);
    *pool = created;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    const auto found = simt::pools().find(pool);
    if (found == simt::pools().end() || pool->used) return cudaErrorInvalidValue;
    delete *found;
    simt::pools().erase(found);
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    if (!simt::is_alive(pool) || !value) return cudaErrorInvalidValue;
    const simt::Slot slot = simt::slot_of(*pool, attribute);
    if (slot.flag) {
      *slot.flag = *static_cast<const int*>(value);
      return cudaSuccess;
    }
    // Marks can only be reset, current use not set at all.
    const auto wanted = *static_cast<const std::uint64_t*>(value);
    if (!slot.counter || slot.counter == &pool->used) return cudaErrorInvalidValue;
    if (slot.counter == &pool->used_high && wanted != 0) return cudaErrorInvalidValue;
    *slot.counter = slot.counter == &pool->used_high ? pool->used : wanted;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return api_call([&] {
    if (!simt::is_alive(pool) || !value) return cudaErrorInvalidValue;
    const simt::Slot slot = simt::slot_of(*pool, attribute);
    if (!slot.flag && !slot.counter) return cudaErrorInvalidValue;
    if (slot.flag) *static_cast<int*>(value) = *slot.flag;
    if (slot.counter) *static_cast<std::uint64_t*>(value) = *slot.counter;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, std::size_t) {
  return api_call([&] { return simt::is_alive(pool) ? cudaSuccess : cudaErrorInvalidValue; });
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  return api_call([&] {
    if (!pool) return cudaErrorInvalidValue;
    if (device < 0 || device >= simt::device_count()) return cudaErrorInvalidDevice;
    *pool = simt::default_pool(device);
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetMemPool(cudaMemPool_t* pool, int device) {
  return cudaDeviceGetDefaultMemPool(pool, device);
}

cudaError_t cudaMallocAsync(void** pointer, std::size_t bytes, cudaStream_t stream) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    return simt::allocate_from(pointer, bytes, simt::default_pool(target->device), stream);
  });
}

cudaError_t cudaMallocFromPoolAsync(void** pointer, std::size_t bytes, cudaMemPool_t pool,
                                    cudaStream_t stream) {
  return api_call([&] { return simt::allocate_from(pointer, bytes, pool, stream); });
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    if (const cudaError_t error = target->queue->run_all(); error != cudaSuccess) return error;
    const simt::Allocation* freed = simt::find_allocation(pointer);
    ++simt::counts.async_frees;
    if (freed && freed->device != target->device) ++simt::counts.frees_on_foreign_streams;
    return simt::deallocate(pointer, simt::MemoryKind::device, cudaErrorInvalidValue);
  });
}
