// SPDX-License-Identifier: Apache-2.0
#include "tests/support/device.hpp"

#include <memory>

#include "seqfeat/error.hpp"
#ifdef SEQFEAT_TEST_CUDA_RUNTIME
#include <cuda_runtime_api.h>
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

Replay captured(Stream /*stream*/, const std::function<void()>& /*enqueue*/, CaptureMode /*mode*/) {
  throw DeviceUnavailable("this test was built without CUDA");
}
#endif

}  // namespace seqfeat::test
