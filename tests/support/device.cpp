// SPDX-License-Identifier: Apache-2.0
#include "tests/support/device.hpp"

#include <memory>

#include "seqfeat/error.hpp"
#ifdef SEQFEAT_TEST_CUDA_RUNTIME
#include <cuda_runtime_api.h>
#endif
#ifdef SEQFEAT_EMULATED
#include "simt/control.hpp"
#endif

namespace seqfeat::test {

#ifdef SEQFEAT_TEST_CUDA_RUNTIME
namespace {

void check(cudaError_t error, const char* call) {
  if (error != cudaSuccess) throw CudaError(call, error);
}

}  // namespace

OwnStream::OwnStream() {
  cudaStream_t made = nullptr;
  check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  stream_ = Stream(made);
}
OwnStream::~OwnStream() {
  static_cast<void>(cudaStreamDestroy(stream_.handle()));
}

OwnEvent::OwnEvent() {
  cudaEvent_t made = nullptr;
  check(cudaEventCreateWithFlags(&made, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  event_ = made;
}
OwnEvent::~OwnEvent() {
  static_cast<void>(cudaEventDestroy(static_cast<cudaEvent_t>(event_)));
}
void OwnEvent::record(Stream stream) {
  check(cudaEventRecord(static_cast<cudaEvent_t>(event_), stream.handle()), "cudaEventRecord");
}
void OwnEvent::hold_back(Stream stream) const {
  check(cudaStreamWaitEvent(stream.handle(), static_cast<cudaEvent_t>(event_), 0),
        "cudaStreamWaitEvent");
}

Replay captured(Stream stream, const std::function<void()>& enqueue, CaptureMode mode) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamBeginCapture(stream.handle(), mode == CaptureMode::global
                                                    ? cudaStreamCaptureModeGlobal
                                                    : cudaStreamCaptureModeThreadLocal),
        "cudaStreamBeginCapture");
  enqueue();
  check(cudaStreamEndCapture(stream.handle(), &graph), "cudaStreamEndCapture");
  std::size_t nodes = 0;
  const cudaError_t counted = cudaGraphGetNodes(graph, nullptr, &nodes);
  const cudaError_t made = cudaGraphInstantiate(&executable, graph, 0);
  static_cast<void>(cudaGraphDestroy(graph));
  check(made, "cudaGraphInstantiate");
  const std::shared_ptr<void> owner(executable, [](void* held) {
    static_cast<void>(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(held)));
  });
  check(counted, "cudaGraphGetNodes");
  return {static_cast<std::int64_t>(nodes), [owner, stream] {
            check(cudaGraphLaunch(static_cast<cudaGraphExec_t>(owner.get()), stream.handle()),
                  "cudaGraphLaunch");
          }};
}
#else
OwnStream::OwnStream() = default;
OwnStream::~OwnStream() = default;
OwnEvent::OwnEvent() = default;
OwnEvent::~OwnEvent() = default;
void OwnEvent::record(Stream /*stream*/) {}
void OwnEvent::hold_back(Stream /*stream*/) const {}

Replay captured(Stream /*stream*/, const std::function<void()>& /*enqueue*/, CaptureMode /*mode*/) {
  throw DeviceUnavailable("this test was built without CUDA");
}
#endif

#ifdef SEQFEAT_EMULATED
LazyStreams::LazyStreams() {
  simt::set_lazy_streams(true);
}
LazyStreams::~LazyStreams() {
  simt::set_lazy_streams(false);
}
bool LazyStreams::show_missing_waits() noexcept {
  return true;
}
LargeDevice::LargeDevice() {
  simt::set_memory_limit(std::size_t{16} << 30);
}
LargeDevice::~LargeDevice() {
  simt::set_memory_limit(std::size_t{8} << 30);
}
#else
LazyStreams::LazyStreams() = default;
LazyStreams::~LazyStreams() = default;
bool LazyStreams::show_missing_waits() noexcept {
  return false;
}
LargeDevice::LargeDevice() = default;
LargeDevice::~LargeDevice() = default;
#endif

}  // namespace seqfeat::test
