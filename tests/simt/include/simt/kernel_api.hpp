// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include <driver_types.h>

// The runtime's calls that concern kernels and variables of a module, without the types of their
// arguments. The emulator's templates end here; so do the toolkit's, where its headers are used.

namespace simt {

/// A kernel with its arguments, type erased. `arguments` lives as long as the call that gets it;
/// capture keeps `copy(arguments)` instead.
struct KernelCall {
  const void* function;
  const void* arguments;
  void (*run)(const void* arguments);
  std::shared_ptr<const void> (*copy)(const void* arguments);
};

cudaError_t launch(const cudaLaunchConfig_t& config, const KernelCall& call);
cudaError_t function_attributes(cudaFuncAttributes* attributes, const void* function);
cudaError_t set_function_attribute(const void* function, cudaFuncAttribute attribute, int value);
cudaError_t occupancy(int* blocks, const void* function, int threads, std::size_t shared_bytes);
cudaError_t symbol_address(void** address, const void* symbol, std::size_t bytes);
cudaError_t copy_to_symbol(void* symbol, std::size_t symbol_bytes, const void* from,
                           std::size_t bytes, std::size_t offset, cudaMemcpyKind kind,
                           cudaStream_t stream);
cudaError_t copy_from_symbol(void* to, const void* symbol, std::size_t symbol_bytes,
                             std::size_t bytes, std::size_t offset, cudaMemcpyKind kind,
                             cudaStream_t stream);

}  // namespace simt
