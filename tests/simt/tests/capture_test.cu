// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "on_device.cuh"

namespace simt::test {
namespace {

__global__ void add_kernel(int* out, int value) {
  atomicAdd(out, value);
}

class Capture : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaStreamCreateWithFlags(&other_, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaMalloc(&out_, sizeof(int)), cudaSuccess);
    ASSERT_EQ(cudaMemset(out_, 0, sizeof(int)), cudaSuccess);
    ASSERT_EQ(cudaEventCreate(&event_), cudaSuccess);
  }
  void TearDown() override {
    EXPECT_EQ(cudaEventDestroy(event_), cudaSuccess);
    EXPECT_EQ(cudaFree(out_), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(other_), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream_), cudaSuccess);
    cudaGetLastError();
  }

  cudaError_t add(int value, cudaStream_t stream) {
    const cudaLaunchConfig_t config{1, 1, 0, stream, nullptr, 0};
    return cudaLaunchKernelEx(&config, add_kernel, out_, value);
  }
  int sum() {
    int value = -1;
    EXPECT_EQ(cudaMemcpy(&value, out_, sizeof(int), cudaMemcpyDeviceToHost), cudaSuccess);
    return value;
  }
  cudaStreamCaptureStatus status() {
    auto status = cudaStreamCaptureStatusNone;
    EXPECT_EQ(cudaStreamIsCapturing(stream_, &status), cudaSuccess);
    return status;
  }

  cudaStream_t stream_ = nullptr, other_ = nullptr;
  cudaEvent_t event_ = nullptr;
  int* out_ = nullptr;
};

TEST_F(Capture, RecordsWorkWithoutRunningItAndReplaysItAnyNumberOfTimes) {
  ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
  EXPECT_EQ(status(), cudaStreamCaptureStatusActive);
  int value = 5;
  EXPECT_EQ(cudaMemsetAsync(out_, 0, sizeof(int), stream_), cudaSuccess);
  EXPECT_EQ(add(value, stream_), cudaSuccess);
  value = 1000;  // arguments were copied
  EXPECT_EQ(add(2, stream_), cudaSuccess);
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamEndCapture(stream_, &graph), cudaSuccess);
  EXPECT_EQ(status(), cudaStreamCaptureStatusNone);
  EXPECT_EQ(sum(), 0);
  std::size_t nodes = 0;
  EXPECT_EQ(cudaGraphGetNodes(graph, nullptr, &nodes), cudaSuccess);
  EXPECT_EQ(nodes, 3u);
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(cudaGraphLaunch(executable, stream_), cudaSuccess);
    EXPECT_EQ(sum(), 7);
    EXPECT_EQ(add(1, stream_), cudaSuccess);
  }
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(executable, stream_), cudaErrorInvalidValue);
}

TEST_F(Capture, RefusesWhatAGraphCannotHoldAndIsBrokenByIt) {
  const auto breaks = [&](auto call) {
    ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
    EXPECT_EQ(call(), cudaErrorStreamCaptureUnsupported);
    EXPECT_EQ(status(), cudaStreamCaptureStatusInvalidated);
    EXPECT_EQ(add(1, stream_), cudaErrorStreamCaptureInvalidated);
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
    EXPECT_EQ(graph, nullptr);
    EXPECT_EQ(status(), cudaStreamCaptureStatusNone);
  };
  int host = 0;
  unsigned flags = 0;
  void* pointer = nullptr;
  cudaMemPool_t pool = nullptr;
  cudaMemPoolProps properties{};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location.type = cudaMemLocationTypeDevice;
  breaks([&] { return cudaMalloc(&pointer, 16); });
  breaks([&] { return cudaMallocHost(&pointer, 16); });
  breaks([&] { return cudaMallocAsync(&pointer, 16, stream_); });
  breaks([&] { return cudaFree(out_); });
  breaks([&] { return cudaStreamSynchronize(stream_); });
  breaks([&] { return cudaStreamQuery(stream_); });
  breaks([&] { return cudaStreamGetDevice(stream_, &host); });
  breaks([&] { return cudaStreamGetFlags(stream_, &flags); });
  breaks([&] { return cudaMemPoolCreate(&pool, &properties); });
  breaks([&] { return cudaDeviceSynchronize(); });
  breaks([&] { return cudaEventQuery(event_); });
  breaks([&] { return cudaMemcpy(&host, out_, 4, cudaMemcpyDeviceToHost); });
  EXPECT_EQ(sum(), 0) << "and nothing ran";
}

TEST_F(Capture, InRelaxedModeOnlyTheStreamItselfIsProtected) {
  ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeRelaxed), cudaSuccess);
  void* pointer = nullptr;
  EXPECT_EQ(cudaMalloc(&pointer, 16), cudaSuccess);
  EXPECT_EQ(cudaFree(pointer), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
}

TEST_F(Capture, TakesInStreamsThatWaitForItAndWantsThemBack) {
  for (const bool joined : {true, false}) {
    ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
    EXPECT_EQ(cudaEventRecord(event_, stream_), cudaSuccess);
    EXPECT_EQ(cudaStreamWaitEvent(other_, event_), cudaSuccess);
    EXPECT_EQ(add(3, other_), cudaSuccess);
    EXPECT_EQ(cudaEventSynchronize(event_), cudaErrorCapturedEvent);
    cudaEvent_t back = nullptr;
    ASSERT_EQ(cudaEventCreate(&back), cudaSuccess);
    EXPECT_EQ(cudaEventRecord(back, other_), cudaSuccess);
    if (joined) {
      EXPECT_EQ(cudaStreamWaitEvent(stream_, back), cudaSuccess);
    }
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream_, &graph),
              joined ? cudaSuccess : cudaErrorStreamCaptureUnjoined);
    EXPECT_EQ(graph != nullptr, joined);
    if (graph) {
      EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    }
    EXPECT_EQ(cudaEventDestroy(back), cudaSuccess);
  }
}

TEST_F(Capture, ReportsUsesOfTheLegacyStreamAndOfOutsideEvents) {
  cudaStream_t blocking = nullptr;
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamCreate(&blocking), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(blocking, cudaStreamCaptureModeGlobal), cudaSuccess);
  EXPECT_EQ(add(1, nullptr), cudaErrorStreamCaptureImplicit);
  EXPECT_EQ(cudaStreamEndCapture(blocking, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(cudaStreamDestroy(blocking), cudaSuccess);
  ASSERT_EQ(cudaEventRecord(event_, other_), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream_, event_), cudaErrorStreamCaptureIsolation);
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorIllegalState);
  EXPECT_EQ(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeGlobal),
            cudaErrorStreamCaptureUnsupported);
}

TEST_F(Capture, IsSpoiltByAnotherThreadThatAsksUnlessItIsRelaxed) {
  const auto from_another_thread = [&](cudaStreamCaptureMode mode) {
    cudaError_t error = cudaErrorUnknown;
    std::thread([&] {
      EXPECT_EQ(cudaThreadExchangeStreamCaptureMode(&mode), cudaSuccess);
      error = cudaEventQuery(event_);
    }).join();
    return error;
  };
  const auto begin = [&](cudaStreamCaptureMode mode) {
    ASSERT_EQ(cudaStreamBeginCapture(stream_, mode), cudaSuccess);
  };
  const auto end = [&] {
    cudaGraph_t graph = nullptr;
    const cudaError_t error = cudaStreamEndCapture(stream_, &graph);
    if (graph) cudaGraphDestroy(graph);
    return error;
  };
  ASSERT_EQ(cudaEventRecord(event_, other_), cudaSuccess);
  begin(cudaStreamCaptureModeGlobal);
  EXPECT_EQ(from_another_thread(cudaStreamCaptureModeRelaxed), cudaSuccess);
  EXPECT_EQ(from_another_thread(cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(from_another_thread(cudaStreamCaptureModeGlobal), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(end(), cudaErrorStreamCaptureInvalidated);
  begin(cudaStreamCaptureModeThreadLocal);
  EXPECT_EQ(from_another_thread(cudaStreamCaptureModeGlobal), cudaSuccess);
  EXPECT_EQ(end(), cudaSuccess);
}

}  // namespace
}  // namespace simt::test
