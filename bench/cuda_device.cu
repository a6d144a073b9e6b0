// SPDX-License-Identifier: Apache-2.0
#include "bench/cuda_device.hpp"

#include <cuda_profiler_api.h>

#include <cstring>

#include "cuda/check.hpp"
#include "cuda/port.cuh"

namespace seqfeat::bench {
namespace {

using cuda::check_cuda;

cudaDeviceProp properties() {
  int ordinal = 0;
  check_cuda(cudaGetDevice(&ordinal), "cudaGetDevice");
  cudaDeviceProp found{};
  check_cuda(cudaGetDeviceProperties(&found, ordinal), "cudaGetDeviceProperties");
  return found;
}

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(const Backend& backend) {
    check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    check_cuda(cudaStreamCreateWithFlags(&side_, cudaStreamNonBlocking), "cudaStreamCreate");
    check_cuda(cudaEventCreate(&begin_), "cudaEventCreate");
    check_cuda(cudaEventCreate(&end_), "cudaEventCreate");
    check_cuda(cudaEventCreateWithFlags(&between_, cudaEventDisableTiming), "cudaEventCreate");
    const std::int64_t bytes = 2 * l2_bytes() + (std::int64_t{1} << 20);
    for (Buffer* buffer : {&read_, &written_}) {
      *buffer = Buffer(backend.memory(), bytes, stream());
      fill(buffer->data(), 0, bytes);
    }
  }
  ~CudaDevice() override {
    read_ = Buffer();
    written_ = Buffer();
    static_cast<void>(cudaEventDestroy(begin_));
    static_cast<void>(cudaEventDestroy(end_));
    static_cast<void>(cudaEventDestroy(between_));
    static_cast<void>(cudaStreamDestroy(side_));
    static_cast<void>(cudaStreamDestroy(stream_));
  }

  [[nodiscard]] Stream stream() const noexcept override { return Stream(stream_); }
  [[nodiscard]] Stream side_stream() const noexcept override { return Stream(side_); }
  void fork() override { let_wait(side_, stream_); }
  void join() override { let_wait(stream_, side_); }

  [[nodiscard]] double seconds(const Launch& launch, std::int64_t first,
                               std::int64_t count) override {
    check_cuda(cudaEventRecord(begin_, stream_), "cudaEventRecord");
    for (std::int64_t i = 0; i < count; ++i) launch(first + i);
    check_cuda(cudaEventRecord(end_, stream_), "cudaEventRecord");
    check_cuda(cudaEventSynchronize(end_), "cudaEventSynchronize");
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, begin_, end_), "cudaEventElapsedTime");
    return static_cast<double>(milliseconds) * 1e-3;
  }

  void flush_cache(Flush how) override {
    if (how == Flush::write) {
      fill(written_.data(), ++writes_ & 0xff, written_.size_bytes());
    } else {
      read_all(read_.data(), read_.size_bytes() / 16 * 16, written_.as<unsigned>(), stream());
    }
  }

  void fill(void* data, int value, std::int64_t bytes) override {
    check_cuda(cudaMemsetAsync(data, value, static_cast<std::size_t>(bytes), stream_),
               "cudaMemsetAsync");
  }

  [[nodiscard]] std::function<void()> capture(const std::function<void()>& enqueue) override {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    check_cuda(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal),
               "cudaStreamBeginCapture");
    enqueue();
    check_cuda(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
    const cudaError_t made = cudaGraphInstantiate(&executable, graph, 0);
    static_cast<void>(cudaGraphDestroy(graph));
    check_cuda(made, "cudaGraphInstantiate");
    const std::shared_ptr<void> owner(executable, [](void* held) {
      static_cast<void>(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(held)));
    });
    return [this, owner] {
      check_cuda(cudaGraphLaunch(static_cast<cudaGraphExec_t>(owner.get()), stream_),
                 "cudaGraphLaunch");
    };
  }

 private:
  /// Work on `later` from here on comes after the work on `earlier` so far.
  void let_wait(cudaStream_t later, cudaStream_t earlier) {
    check_cuda(cudaEventRecord(between_, earlier), "cudaEventRecord");
    check_cuda(cudaStreamWaitEvent(later, between_), "cudaStreamWaitEvent");
  }

  cudaStream_t stream_ = nullptr;
  cudaStream_t side_ = nullptr;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
  cudaEvent_t between_ = nullptr;
  Buffer read_;  ///< Of zeros.
  Buffer written_;
  int writes_ = 0;
};

}  // namespace

std::unique_ptr<Device> make_cuda_device(const Backend& backend) {
  return std::make_unique<CudaDevice>(backend);
}

PinnedBytes::PinnedBytes(std::int64_t bytes, std::uint8_t value) : bytes_(bytes) {
  void* data = nullptr;
  check_cuda(cudaHostAlloc(&data, static_cast<std::size_t>(bytes), cudaHostAllocPortable),
             "cudaHostAlloc");
  data_ = {data, [](void* held) { static_cast<void>(cudaFreeHost(held)); }};
  std::memset(data, value, static_cast<std::size_t>(bytes));
}

void PinnedBytes::copy(void* to, Stream stream) const {
  check_cuda(cudaMemcpyAsync(to, data_.get(), static_cast<std::size_t>(bytes_),
                             cudaMemcpyHostToDevice, stream.handle()),
             "cudaMemcpyAsync");
}

ProfilerRange::ProfilerRange() {
  check_cuda(cudaProfilerStart(), "cudaProfilerStart");
}

ProfilerRange::~ProfilerRange() {
  static_cast<void>(cudaProfilerStop());
}

std::int64_t l2_bytes() {
  return properties().l2CacheSize;
}

nlohmann::ordered_json describe_device() {
  const cudaDeviceProp found = properties();
  int driver = 0;
  int runtime = 0;
  int core_khz = 0;
  int memory_khz = 0;
  check_cuda(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  check_cuda(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  check_cuda(cudaDeviceGetAttribute(&core_khz, cudaDevAttrClockRate, 0), "cudaDeviceGetAttribute");
  check_cuda(cudaDeviceGetAttribute(&memory_khz, cudaDevAttrMemoryClockRate, 0),
             "cudaDeviceGetAttribute");
  return {{"device", found.name},
          {"compute_capability", std::to_string(found.major) + "." + std::to_string(found.minor)},
          {"multiprocessors", found.multiProcessorCount},
          {"l2_bytes", found.l2CacheSize},
          {"memory_bytes", found.totalGlobalMem},
          {"cuda_driver", driver},
          {"cuda_runtime", runtime},
          {"max_core_khz", core_khz},
          {"max_memory_khz", memory_khz}};
}

}  // namespace seqfeat::bench
