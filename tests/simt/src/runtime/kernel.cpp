// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "runtime/machine.hpp"
#include "runtime/runtime.hpp"
#include "runtime/work_queue.hpp"
#include "simt/kernel_api.hpp"

namespace simt {
namespace {

/// The dynamic shared memory that each kernel has been allowed, by function and device.
std::map<std::pair<const void*, int>, std::size_t>& allowances() {
  static std::map<std::pair<const void*, int>, std::size_t> map;
  return map;
}

std::size_t allowance(const void* function) {
  const auto found = allowances().find({function, current_device()});
  return found == allowances().end() ? kDefaultDynamicBytes : found->second;
}

bool is_possible(dim3 grid, dim3 block) {
  const bool empty = !grid.x || !grid.y || !grid.z || !block.x || !block.y || !block.z;
  return !empty && grid.x <= 2147483647u && grid.y <= 65535 && grid.z <= 65535 && block.x <= 1024 &&
         block.y <= 1024 && block.z <= 64 &&
         std::uint64_t{block.x} * block.y * block.z <= std::uint64_t{kMaxThreads};
}

cudaError_t check_attributes(const cudaLaunchConfig_t& config, bool& programmatic) {
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    const cudaLaunchAttribute& attribute = config.attrs[i];
    switch (attribute.id) {
      case cudaLaunchAttributeIgnore:
      case cudaLaunchAttributePriority:
        break;
      case cudaLaunchAttributeProgrammaticStreamSerialization:
        programmatic = attribute.val.programmaticStreamSerializationAllowed != 0;
        break;
      case cudaLaunchAttributeCooperative:
        if (attribute.val.cooperative) return cudaErrorNotSupported;
        break;
      case cudaLaunchAttributeClusterDimension: {
        const auto& cluster = attribute.val.clusterDim;
        if (cluster.x > 1 || cluster.y > 1 || cluster.z > 1) return cudaErrorNotSupported;
        break;
      }
      default:
        return cudaErrorInvalidValue;
    }
  }
  return cudaSuccess;
}

/// As on a device: the launch itself succeeds, everything after it reports the failure.
cudaError_t run_noting_failure(const GridWork& work) {
  if (const cudaError_t error = run_kernel(work); error != cudaSuccess) set_sticky_error(error);
  return cudaSuccess;
}

cudaError_t enqueue_kernel(const cudaLaunchConfig_t& config, const KernelCall& call) {
  const CUstream_st* stream = resolve(config.stream);
  if (!stream || stream->device != current_device()) return cudaErrorInvalidResourceHandle;
  if (!call.function) return cudaErrorInvalidDeviceFunction;
  if (!is_possible(config.gridDim, config.blockDim)) return cudaErrorInvalidConfiguration;
  if (config.dynamicSmemBytes > allowance(call.function)) return cudaErrorInvalidValue;
  bool programmatic = false;
  if (const cudaError_t error = check_attributes(config, programmatic); error != cudaSuccess) {
    return error;
  }
  GridWork work{call.function,           stream,   config.gridDim, config.blockDim,
                config.dynamicSmemBytes, call.run, call.arguments, programmatic};
  if (!stream->capture && !is_lazy(*stream)) {
    return enqueue(config.stream, NodeKind::kernel, [&] { return run_noting_failure(work); });
  }
  auto arguments = call.copy(call.arguments);
  work.arguments = arguments.get();
  return enqueue(config.stream, NodeKind::kernel,
                 [work, arguments] { return run_noting_failure(work); });
}

}  // namespace

cudaError_t launch(const cudaLaunchConfig_t& config, const KernelCall& call) {
  const cudaError_t error = api_call([&] { return enqueue_kernel(config, call); });
  deliver_failure();  // outside the lock: a test's handler may throw
  return error;
}

cudaError_t function_attributes(cudaFuncAttributes* attributes, const void* function) {
  return api_call([&] {
    if (!attributes) return cudaErrorInvalidValue;
    if (!function) return cudaErrorInvalidDeviceFunction;
    *attributes = {};
    attributes->maxThreadsPerBlock = kMaxThreads;
    attributes->numRegs = 32;
    attributes->ptxVersion = attributes->binaryVersion =
        10 * machine_traits().major + machine_traits().minor;
    attributes->maxDynamicSharedSizeBytes = static_cast<int>(allowance(function));
    return cudaSuccess;
  });
}

cudaError_t set_function_attribute(const void* function, cudaFuncAttribute attribute, int value) {
  return api_call([&] {
    if (!function) return cudaErrorInvalidDeviceFunction;
    if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return cudaSuccess;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value < 0 ||
        static_cast<std::size_t>(value) > kMaxDynamicSharedBytes) {
      return cudaErrorInvalidValue;
    }
    allowances()[{function, current_device()}] = static_cast<std::size_t>(value);
    return cudaSuccess;
  });
}

cudaError_t occupancy(int* blocks, const void* function, int threads, std::size_t shared_bytes) {
  return api_call([&] {
    if (!blocks || threads <= 0) return cudaErrorInvalidValue;
    if (!function) return cudaErrorInvalidDeviceFunction;
    constexpr std::size_t kSharedOfMultiprocessor = 228 * 1024, kReservedOfBlock = 1024;
    const int warps = (threads + kWarpLanes - 1) / kWarpLanes;
    const int by_threads = threads > kMaxThreads ? 0 : std::min(32, 2048 / (warps * kWarpLanes));
    const auto by_memory =
        static_cast<int>(kSharedOfMultiprocessor / (shared_bytes + kReservedOfBlock));
    *blocks = shared_bytes > allowance(function) ? 0 : std::min(by_threads, by_memory);
    return cudaSuccess;
  });
}

}  // namespace simt
