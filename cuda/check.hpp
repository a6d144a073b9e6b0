// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/port.cuh"

namespace seqfeat::cuda {

/// Passes where `code` is success; else throws CudaError with the call, the error's name and text.
void check_cuda(cudaError_t code, const char* call);

/// Lets the calling thread make calls that wait for the device, ask how far it is, or allocate,
/// while another thread captures a graph in global mode, which is torch's default: without it such
/// a call fails and spoils that capture. A capture of the thread's own streams is as strict as
/// before.
class CaptureBypass {
 public:
  CaptureBypass() noexcept;
  ~CaptureBypass();
  CaptureBypass(const CaptureBypass&) = delete;
  CaptureBypass& operator=(const CaptureBypass&) = delete;
  CaptureBypass(CaptureBypass&&) = delete;
  CaptureBypass& operator=(CaptureBypass&&) = delete;

 private:
  cudaStreamCaptureMode callers_ = cudaStreamCaptureModeRelaxed;  ///< Ours until it is exchanged.
};

/// Makes a device the calling thread's current one, with a CaptureBypass, and restores the caller's
/// at the end.
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
  CaptureBypass bypass_;
  int callers_ = -1;  ///< What to restore; -1: nothing.
};

}  // namespace seqfeat::cuda
