// SPDX-License-Identifier: Apache-2.0
#include "cuda/event.hpp"

#include "cuda/check.hpp"
#include "cuda/port.cuh"

namespace seqfeat::cuda {
namespace {

class CudaEvent final : public detail::Event {
 public:
  explicit CudaEvent(int ordinal) : ordinal_(ordinal) {
    const DeviceGuard guard(ordinal_);
    check_cuda(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming),
               "cudaEventCreateWithFlags");
  }
  ~CudaEvent() override { static_cast<void>(cudaEventDestroy(event_)); }

  void record(Stream stream) override {
    const DeviceGuard guard(ordinal_);
    check_cuda(cudaEventRecord(event_, stream.handle()), "cudaEventRecord");
  }
  [[nodiscard]] bool passed() const override {
    const CaptureBypass bypass;
    const cudaError_t state = cudaEventQuery(event_);
    if (state == cudaErrorNotReady) return false;
    check_cuda(state, "cudaEventQuery");
    return true;
  }
  void wait() const override {
    const CaptureBypass bypass;
    check_cuda(cudaEventSynchronize(event_), "cudaEventSynchronize");
  }

 private:
  int ordinal_;
  cudaEvent_t event_ = nullptr;
};

}  // namespace

std::unique_ptr<detail::Event> make_cuda_event(int ordinal) {
  return std::make_unique<CudaEvent>(ordinal);
}

}  // namespace seqfeat::cuda
