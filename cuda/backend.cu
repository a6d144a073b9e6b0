// SPDX-License-Identifier: Apache-2.0
#include "cuda/backend.hpp"

#include <utility>

#include "cuda/check.hpp"
#include "cuda/kernels.hpp"
#include "cuda/memory.hpp"
#include "cuda/port.cuh"
#include "cuda/schedule.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace cuda {
namespace {

/// An event without timing.
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

CudaBackend::CudaBackend(Device device, std::shared_ptr<MemoryResource> memory)
    : device_(std::move(device)),
      memory_(memory != nullptr ? std::move(memory) : make_device_memory(device_)),
      staging_(make_pinned_memory(device_)) {
  const DeviceGuard guard(device_.ordinal);
  cudaStream_t stream = nullptr;
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
             "cudaStreamCreateWithFlags");
  own_stream_ = Stream(stream);
}

CudaBackend::~CudaBackend() {
  static_cast<void>(cudaStreamDestroy(own_stream_.handle()));
}

bool CudaBackend::can_read(const void* pointer) const {
  const DeviceGuard guard(device_.ordinal);
  cudaPointerAttributes attributes{};
  check_cuda(cudaPointerGetAttributes(&attributes, pointer), "cudaPointerGetAttributes");
  if (attributes.type == cudaMemoryTypeManaged) return true;
  if (attributes.type != cudaMemoryTypeDevice) return false;
  if (attributes.device == device_.ordinal) return true;
  throw InvalidArgument("pointer: got memory of CUDA device " + std::to_string(attributes.device) +
                        ", expected memory of CUDA device " + std::to_string(device_.ordinal) +
                        "; copy it there, or use a backend of that device");
}

void CudaBackend::copy(void* to, const void* from, std::int64_t bytes, Stream stream) const {
  if (bytes <= 0) return;
  const DeviceGuard guard(device_.ordinal);
  check_cuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDefault,
                             stream.handle()),
             "cudaMemcpyAsync");
}

void CudaBackend::synchronize(Stream stream) const {
  const DeviceGuard guard(device_.ordinal);
  const CaptureBypass bypass;
  check_cuda(cudaStreamSynchronize(stream.handle()), "cudaStreamSynchronize");
}

std::unique_ptr<detail::Event> CudaBackend::make_event() const {
  return std::make_unique<CudaEvent>(device_.ordinal);
}

void CudaBackend::check_stream(Stream stream) const {
  const DeviceGuard guard(device_.ordinal);  // the default streams are those of the current device
  int ordinal = -1;
  check_cuda(cudaStreamGetDevice(stream.handle(), &ordinal), "cudaStreamGetDevice");
  if (ordinal == device_.ordinal) return;
  throw InvalidArgument("stream: got a stream of CUDA device " + std::to_string(ordinal) +
                        ", expected one of CUDA device " + std::to_string(device_.ordinal));
}

void CudaBackend::hash(const detail::HashArgs& args, Stream stream) const {
  const DeviceGuard guard(device_.ordinal);
  enqueue_hash(device_, args, stream);
}

void CudaBackend::lookup(const detail::LookupArgs& args, Stream stream) const {
  const DeviceGuard guard(device_.ordinal);
  if (args.table.clips) enqueue_norms(device_, args, stream);
  enqueue_lookup(device_, args, stream);
}

void CudaBackend::sequence_features(const detail::LayerArgs& args, Stream stream) const {
  const DeviceGuard guard(device_.ordinal);
  if (args.shape.foreign) enqueue_validate(args, stream);
  if (runs_fused(args)) return enqueue_fused(device_, args, stream);

  const ScratchPlan plan = scratch_plan(args.shape);
  auto* scratch = static_cast<unsigned char*>(args.scratch);
  // Ids that are closed up are no longer what is wanted, so that they stand apart.
  const bool apart = !args.shape.total && args.values != nullptr;
  std::int64_t* ids =
      args.ids != nullptr && !apart ? args.ids : reinterpret_cast<std::int64_t*>(scratch);
  auto* norms = args.shape.clips ? reinterpret_cast<float*>(scratch + plan.norms) : nullptr;
  const bool values = args.values != nullptr;
  if (values || args.ids != nullptr) {
    if (args.shape.hashes) enqueue_layer_hash(device_, args, ids, stream);
    if (args.shape.maps) {
      enqueue_layer_ids(device_, args, ids, apart ? args.ids : nullptr, stream);
    }
  }
  if (apart) enqueue_close_up(args, ids, stream);
  if (values && args.shape.clips) enqueue_layer_norms(device_, args, ids, norms, stream);
  enqueue_gather(device_, args, ids, norms, stream);
}

std::int64_t CudaBackend::scratch_bytes(const detail::LayerShape& shape) const noexcept {
  return scratch_plan(shape).bytes;
}

}  // namespace cuda

std::shared_ptr<const detail::BackendImpl> detail::make_cuda_backend(
    int ordinal, std::shared_ptr<MemoryResource> memory) {
  return std::make_shared<cuda::CudaBackend>(cuda::open_device(ordinal), std::move(memory));
}

}  // namespace seqfeat
