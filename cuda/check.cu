// SPDX-License-Identifier: Apache-2.0
#include "cuda/check.hpp"

#include <string>

#include "seqfeat/error.hpp"

namespace seqfeat::cuda {

void check_cuda(cudaError_t code, const char* call) {
  if (code == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // else the next call would report this one again
  throw CudaError(std::string(call) + ": got " + cudaGetErrorName(code) + " (" +
                      cudaGetErrorString(code) + "), expected success",
                  static_cast<int>(code));
}

DeviceGuard::DeviceGuard(int ordinal) {
  int current = -1;
  check_cuda(cudaGetDevice(&current), "cudaGetDevice");
  if (current == ordinal) return;
  check_cuda(cudaSetDevice(ordinal), "cudaSetDevice");
  callers_ = current;
}

DeviceGuard::~DeviceGuard() {
  if (callers_ >= 0) static_cast<void>(cudaSetDevice(callers_));
}

// The mode is the thread's own and cannot be refused; without a device there is none to exchange.
CaptureBypass::CaptureBypass() noexcept {
  static_cast<void>(cudaThreadExchangeStreamCaptureMode(&callers_));
}

CaptureBypass::~CaptureBypass() {
  static_cast<void>(cudaThreadExchangeStreamCaptureMode(&callers_));
}

}  // namespace seqfeat::cuda
