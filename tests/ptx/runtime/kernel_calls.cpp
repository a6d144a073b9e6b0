// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>

#include "runtime/runtime.hpp"
#include "simt/kernel_api.hpp"
#include "tests/ptx/runtime/arguments.hpp"
#include "tests/ptx/runtime/modules.hpp"

// The runtime's calls about kernels, whose arguments are bytes laid out as the PTX says.

namespace ptx {
namespace {

std::shared_ptr<const void> copy_arguments(const void* arguments) {
  return std::make_shared<Arguments>(*static_cast<const Arguments*>(arguments));
}

/// Calls `body` with the kernel behind the host's function, loaded.
template <class Body>
cudaError_t with_kernel(const void* function, Body body) {
  const std::lock_guard lock(simt::runtime_lock());
  const Kernel* found = nullptr;
  try {
    found = find_kernel(function);
  } catch (const std::exception& error) {
    complain(error.what());
    return simt::report(cudaErrorInvalidKernelImage);
  }
  return found ? body(*found) : simt::report(cudaErrorInvalidDeviceFunction);
}

}  // namespace
}  // namespace ptx

using ptx::Kernel;
using ptx::with_kernel;

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function,
                                void** arguments) {
  if (!config) return simt::report(cudaErrorInvalidValue);
  return with_kernel(function, [&](const Kernel& kernel) {
    ptx::Arguments bytes(kernel.parameter_bytes);
    for (std::size_t i = 0; i < kernel.parameters.size(); ++i) {
      const auto& parameter = kernel.parameters[i];
      std::memcpy(bytes.data() + parameter.offset, arguments[i], parameter.size);
    }
    return simt::launch(*config, {function, &bytes, nullptr, ptx::copy_arguments});
  });
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments,
                             std::size_t dynamic_shared_bytes, cudaStream_t stream) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = dynamic_shared_bytes;
  config.stream = stream;
  return cudaLaunchKernelExC(&config, function, arguments);
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function) {
  return with_kernel(function, [&](const Kernel& kernel) {
    const cudaError_t error = simt::function_attributes(attributes, function);
    if (error != cudaSuccess) return error;
    attributes->sharedSizeBytes = kernel.shared_bytes;
    attributes->localSizeBytes = kernel.local_bytes;
    attributes->maxThreadsPerBlock = static_cast<int>(kernel.most_threads);
    return cudaSuccess;
  });
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  return with_kernel(function, [&](const Kernel&) {
    return simt::set_function_attribute(function, attribute, value);
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* function,
                                                          int threads, std::size_t shared_bytes) {
  return with_kernel(function, [&](const Kernel&) {
    return simt::occupancy(blocks, function, threads, shared_bytes);
  });
}
