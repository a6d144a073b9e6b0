// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/port.cuh"

namespace seqfeat::cuda {

/// Passes where `code` is success; else throws CudaError with the call, the error's name and text.
void check_cuda(cudaError_t code, const char* call);

/// Makes a device the calling thread's current one and restores the caller's at the end.
///
/// Throws   CudaError if the device cannot be set.
class DeviceGuard {
 public:
  explicit DeviceGuard(int ordinal);
  ~DeviceGuard();
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;
  DeviceGuard(DeviceGuard&&) = delete;
  DeviceGuard& operator=(DeviceGuard&&) = delete;

 private:
  int callers_ = -1;  ///< What to restore; -1: nothing.
};

}  // namespace seqfeat::cuda
