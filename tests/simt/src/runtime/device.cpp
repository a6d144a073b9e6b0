// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime/machine.hpp"
#include "runtime/runtime.hpp"
#include "runtime/work_queue.hpp"

namespace simt {
namespace {

int device_count_from_environment() {
  const char* text = std::getenv("SIMT_DEVICES");
  return text ? std::clamp(std::atoi(text), 0, kMaxDevices) : 2;
}

int& count() {
  static int value = device_count_from_environment();
  return value;
}

cudaError_t sticky = cudaSuccess;
thread_local int chosen_device = 0;

bool exists(int device) {
  return device >= 0 && device < device_count();
}

cudaDeviceProp describe(int device) {
  cudaDeviceProp p{};
  const MachineTraits machine = machine_traits();
  std::snprintf(p.name, sizeof(p.name), "%s", machine.name);
  p.totalGlobalMem = memory_limit();
  p.sharedMemPerBlock = kDefaultDynamicBytes;
  p.sharedMemPerBlockOptin = kMaxDynamicSharedBytes;
  p.sharedMemPerMultiprocessor = 228 * 1024;
  p.reservedSharedMemPerBlock = 1024;
  p.totalConstMem = 64 * 1024;
  p.regsPerBlock = p.regsPerMultiprocessor = 65536;
  p.warpSize = 32;
  p.maxThreadsPerBlock = 1024;
  p.maxThreadsDim[0] = p.maxThreadsDim[1] = 1024;
  p.maxThreadsDim[2] = 64;
  p.maxGridSize[0] = 2147483647;
  p.maxGridSize[1] = p.maxGridSize[2] = 65535;
  p.maxThreadsPerMultiProcessor = 2048;
  p.maxBlocksPerMultiProcessor = 32;
  p.major = machine.major;
  p.minor = machine.minor;
  p.multiProcessorCount = 4;
  p.l2CacheSize = machine.cache_bytes;
  p.memoryBusWidth = 64;
  p.asyncEngineCount = 1;
  p.unifiedAddressing = p.canMapHostMemory = p.memoryPoolsSupported = 1;
  p.pciBusID = device + 1;
  return p;
}

cudaError_t attribute_of(const cudaDeviceProp& p, cudaDeviceAttr attribute, int* value) {
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      *value = p.maxThreadsPerBlock;
      return cudaSuccess;
    case cudaDevAttrMaxBlockDimX:
      *value = p.maxThreadsDim[0];
      return cudaSuccess;
    case cudaDevAttrMaxGridDimX:
      *value = p.maxGridSize[0];
      return cudaSuccess;
    case cudaDevAttrMaxGridDimY:
      *value = p.maxGridSize[1];
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = static_cast<int>(p.sharedMemPerBlock);
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(p.sharedMemPerBlockOptin);
      return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = static_cast<int>(p.sharedMemPerMultiprocessor);
      return cudaSuccess;
    case cudaDevAttrReservedSharedMemoryPerBlock:
      *value = static_cast<int>(p.reservedSharedMemPerBlock);
      return cudaSuccess;
    case cudaDevAttrWarpSize:
      *value = p.warpSize;
      return cudaSuccess;
    case cudaDevAttrMaxRegistersPerBlock:
      *value = p.regsPerBlock;
      return cudaSuccess;
    case cudaDevAttrMultiProcessorCount:
      *value = p.multiProcessorCount;
      return cudaSuccess;
    case cudaDevAttrL2CacheSize:
      *value = p.l2CacheSize;
      return cudaSuccess;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = p.maxThreadsPerMultiProcessor;
      return cudaSuccess;
    case cudaDevAttrMaxBlocksPerMultiprocessor:
      *value = p.maxBlocksPerMultiProcessor;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
      *value = p.major;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
      *value = p.minor;
      return cudaSuccess;
    case cudaDevAttrGlobalMemoryBusWidth:
      *value = p.memoryBusWidth;
      return cudaSuccess;
    case cudaDevAttrClockRate:
    case cudaDevAttrMemoryClockRate:
      *value = 1000000;  // kHz; nothing here has a clock
      return cudaSuccess;
    case cudaDevAttrAsyncEngineCount:
      *value = p.asyncEngineCount;
      return cudaSuccess;
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      return cudaSuccess;
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrManagedMemory:
    case cudaDevAttrPageableMemoryAccess:
    case cudaDevAttrCooperativeLaunch:
      *value = 0;
      return cudaSuccess;
    default:
      return cudaErrorInvalidValue;
  }
}

}  // namespace

int device_count() {
  return count();
}
void set_device_count(int devices) {
  count() = std::clamp(devices, 0, kMaxDevices);
}
int current_device() {
  return chosen_device;
}
cudaError_t sticky_error() {
  return sticky;
}
void set_sticky_error(cudaError_t error) {
  sticky = error;
}

std::recursive_mutex& runtime_lock() {
  static std::recursive_mutex lock;
  return lock;
}

}  // namespace simt

using simt::api_call;

cudaError_t cudaDriverGetVersion(int* version) {
  if (!version) return simt::report(cudaErrorInvalidValue);
  *version = simt::device_count() ? 13000 : 0;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  if (!version) return simt::report(cudaErrorInvalidValue);
  *version = 13000;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  if (!count) return simt::report(cudaErrorInvalidValue);
  *count = simt::device_count();
  return *count ? cudaSuccess : simt::report(cudaErrorNoDevice);
}

cudaError_t cudaSetDevice(int device) {
  return api_call([&] {
    if (!simt::exists(device)) return cudaErrorInvalidDevice;
    simt::chosen_device = device;
    return cudaSuccess;
  });
}

cudaError_t cudaInitDevice(int device, unsigned, unsigned) {
  return api_call([&] { return simt::exists(device) ? cudaSuccess : cudaErrorInvalidDevice; });
}

cudaError_t cudaGetDevice(int* device) {
  return api_call([&] {
    if (!device) return cudaErrorInvalidValue;
    *device = simt::chosen_device;
    return cudaSuccess;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return api_call([&] {
    if (!properties) return cudaErrorInvalidValue;
    if (!simt::exists(device)) return cudaErrorInvalidDevice;
    *properties = simt::describe(device);
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return api_call([&] {
    if (!value) return cudaErrorInvalidValue;
    if (!simt::exists(device)) return cudaErrorInvalidDevice;
    return simt::attribute_of(simt::describe(device), attribute, value);
  });
}

cudaError_t cudaDeviceGetPCIBusId(char* text, int length, int device) {
  return api_call([&] {
    if (!text || length <= 0) return cudaErrorInvalidValue;
    if (!simt::exists(device)) return cudaErrorInvalidDevice;
    const int needed =
        std::snprintf(text, static_cast<std::size_t>(length), "0000:%02x:00.0", device + 1);
    return needed < length ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  return api_call([&] {
    if (least) *least = 0;
    if (greatest) *greatest = -5;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceCanAccessPeer(int* can, int device, int peer) {
  return api_call([&] {
    if (!can) return cudaErrorInvalidValue;
    if (!simt::exists(device) || !simt::exists(peer)) return cudaErrorInvalidDevice;
    *can = 0;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return api_call([] {
    simt::note_full_wait(nullptr);
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    return simt::run_all_streams();
  });
}

cudaError_t cudaDeviceReset() {
  const std::lock_guard lock(simt::runtime_lock());
  simt::set_sticky_error(cudaSuccess);
  cudaGetLastError();
  return cudaSuccess;
}
