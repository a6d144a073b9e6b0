// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "on_device.cuh"

// Lazy streams: a missing wait between two streams gives a wrong result.

namespace simt::test {
namespace {

__global__ void append_kernel(int* out, int digit) {
  *out = *out * 10 + digit;
}

class LazyStreams : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cudaStreamCreateWithFlags(&first_, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaStreamCreateWithFlags(&second_, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaEventCreate(&event_), cudaSuccess);
    ASSERT_EQ(cudaMalloc(&out_, sizeof(int)), cudaSuccess);
    ASSERT_EQ(cudaMemset(out_, 0, sizeof(int)), cudaSuccess);
    set_lazy_streams(true);
  }
  void TearDown() override {
    set_lazy_streams(false);
    EXPECT_EQ(cudaFree(out_), cudaSuccess);
    EXPECT_EQ(cudaEventDestroy(event_), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(second_), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(first_), cudaSuccess);
  }

  void append(int digit, cudaStream_t stream) {
    const cudaLaunchConfig_t config{1, 1, 0, stream, nullptr, 0};
    EXPECT_EQ(cudaLaunchKernelEx(&config, append_kernel, out_, digit), cudaSuccess);
  }
  /// The digits in the order in which kernels appended them. It waits for no stream of these.
  int digits() {
    int value = -1;
    EXPECT_EQ(cudaMemcpy(&value, out_, sizeof(int), cudaMemcpyDeviceToHost), cudaSuccess);
    return value;
  }
  void wait(cudaStream_t stream) { EXPECT_EQ(cudaStreamWaitEvent(stream, event_), cudaSuccess); }
  void record(cudaStream_t stream) { EXPECT_EQ(cudaEventRecord(event_, stream), cudaSuccess); }
  void finish(cudaStream_t stream) { EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess); }

  cudaStream_t first_ = nullptr, second_ = nullptr;
  cudaEvent_t event_ = nullptr;
  int* out_ = nullptr;
};

TEST_F(LazyStreams, RunWhenTheyAreWaitedFor) {
  append(1, first_);
  EXPECT_EQ(digits(), 0);
  finish(second_);
  EXPECT_EQ(digits(), 0);
  finish(first_);
  EXPECT_EQ(digits(), 1);
}

TEST_F(LazyStreams, RunNoFartherThanAnEvent) {
  append(1, first_);
  record(first_);
  append(2, first_);
  EXPECT_EQ(cudaEventSynchronize(event_), cudaSuccess);
  EXPECT_EQ(digits(), 1);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(digits(), 12);
}

TEST_F(LazyStreams, FollowEachOtherWhereOneWaits) {
  append(1, first_);
  record(first_);
  append(3, first_);
  wait(second_);
  append(2, second_);
  finish(second_);
  EXPECT_EQ(digits(), 12);
  finish(first_);
  EXPECT_EQ(digits(), 123);
}

TEST_F(LazyStreams, ShowAMissingWait) {
  append(1, first_);
  append(2, second_);
  finish(second_);
  finish(first_);
  EXPECT_EQ(digits(), 21);
}

TEST_F(LazyStreams, LaunchGraphsInTheirOrder) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(first_, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  append(2, first_);
  ASSERT_EQ(cudaStreamEndCapture(first_, &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  append(1, first_);
  ASSERT_EQ(cudaGraphLaunch(executable, first_), cudaSuccess);
  append(3, first_);
  EXPECT_EQ(digits(), 0);
  finish(first_);
  EXPECT_EQ(digits(), 123);
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
}

}  // namespace
}  // namespace simt::test
