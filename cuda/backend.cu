// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "backend/backend_impl.hpp"
#include "cuda/check.hpp"
#include "cuda/device.hpp"
#include "cuda/kernels.hpp"
#include "cuda/memory.hpp"
#include "cuda/port.cuh"
#include "cuda/schedule.hpp"
#include "cuda/training.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cuda {
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

/// The backend of one CUDA device. Every entry makes that device current and restores the caller's.
class CudaBackend final : public detail::BackendImpl {
 public:
  /// `memory` may be null: then the device's own pool.
  CudaBackend(Device device, std::shared_ptr<MemoryResource> memory)
      : device_(std::move(device)),
        memory_(memory != nullptr ? std::move(memory) : make_device_memory(device_)),
        staging_(make_pinned_memory(device_)) {
    const DeviceGuard guard(device_.ordinal);
    cudaStream_t stream = nullptr;
    check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
               "cudaStreamCreateWithFlags");
    own_stream_ = Stream(stream);
  }
  ~CudaBackend() override { static_cast<void>(cudaStreamDestroy(own_stream_.handle())); }

  [[nodiscard]] std::string name() const override { return "cuda"; }
  [[nodiscard]] std::string description() const override { return device_.description; }
  [[nodiscard]] bool on_device() const noexcept override { return true; }

  [[nodiscard]] const std::shared_ptr<MemoryResource>& memory() const noexcept override {
    return memory_;
  }
  [[nodiscard]] const std::shared_ptr<MemoryResource>& staging() const noexcept override {
    return staging_;
  }
  [[nodiscard]] bool can_read(const void* pointer) const override {
    const DeviceGuard guard(device_.ordinal);
    cudaPointerAttributes attributes{};
    check_cuda(cudaPointerGetAttributes(&attributes, pointer), "cudaPointerGetAttributes");
    if (attributes.type == cudaMemoryTypeManaged) return true;
    if (attributes.type != cudaMemoryTypeDevice) return false;
    if (attributes.device == device_.ordinal) return true;
    throw InvalidArgument("pointer: got memory of CUDA device " +
                          std::to_string(attributes.device) + ", expected memory of CUDA device " +
                          std::to_string(device_.ordinal) +
                          "; copy it there, or use a backend of that device");
  }
  void copy(void* to, const void* from, std::int64_t bytes, Stream stream) const override {
    if (bytes <= 0) return;
    const DeviceGuard guard(device_.ordinal);
    check_cuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDefault,
                               stream.handle()),
               "cudaMemcpyAsync");
  }
  void synchronize(Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    check_cuda(cudaStreamSynchronize(stream.handle()), "cudaStreamSynchronize");
  }
  [[nodiscard]] std::unique_ptr<detail::Event> make_event() const override {
    return std::make_unique<CudaEvent>(device_.ordinal);
  }
  void check_stream(Stream stream) const override {
    // The default streams are those of the current device.
    const DeviceGuard guard(device_.ordinal);
    // To ask whose a captured stream is would spoil the capture; CUDA itself refuses kernels of
    // another device there.
    cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
    check_cuda(cudaStreamIsCapturing(stream.handle(), &capture), "cudaStreamIsCapturing");
    if (capture != cudaStreamCaptureStatusNone) return;
    int ordinal = -1;
    check_cuda(cudaStreamGetDevice(stream.handle(), &ordinal), "cudaStreamGetDevice");
    if (ordinal == device_.ordinal) return;
    throw InvalidArgument("stream: got a stream of CUDA device " + std::to_string(ordinal) +
                          ", expected one of CUDA device " + std::to_string(device_.ordinal));
  }
  [[nodiscard]] Stream own_stream() const noexcept override { return own_stream_; }

  void hash(const detail::HashArgs& args, Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    enqueue_hash(device_, args, stream);
  }
  void map(const detail::MapArgs& args, Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    enqueue_map(device_, args, stream);
  }
  void lookup(const detail::LookupArgs& args, Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    if (args.table.clips) enqueue_norms(device_, args, stream);
    enqueue_lookup(device_, args, stream);
  }
  void sequence_features(const detail::LayerArgs& args, const detail::TrainingArgs* training,
                         Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    const bool trains = training != nullptr;
    const bool values = args.values != nullptr;
    if (args.shape.foreign && !trains) enqueue_validate(args, stream);
    if (args.shape.foreign && args.shape.weighs) enqueue_validate_weights(args, stream);

    // Ids that are closed up are no longer what is wanted, so that they stand apart.
    const bool apart = !args.shape.total && (values || trains);
    auto* const scratch = static_cast<unsigned char*>(args.scratch);
    std::int64_t* const ids =
        apart || args.ids == nullptr ? reinterpret_cast<std::int64_t*>(scratch) : args.ids;
    const ScratchPlan plan = scratch_plan(args.shape);
    float* const norms =
        values && args.shape.clips ? reinterpret_cast<float*>(scratch + plan.norms) : nullptr;
    ValueWeight* const weights =
        args.shape.weighs ? reinterpret_cast<ValueWeight*>(scratch + plan.weights) : nullptr;
    if (values || args.ids != nullptr) {
      enqueue_layer_ids(device_, args, ids, apart ? args.ids : nullptr, stream);
    }
    if (apart) enqueue_close_up(args, ids, weights, stream);
    if (trains) {
      enqueue_contributions(device_, args, *training, ids, weights, norms, stream);
    } else if (norms != nullptr) {
      enqueue_layer_norms(device_, args, ids, norms, stream);
    }
    enqueue_gather(device_, args, ids, norms, weights, stream);
  }
  [[nodiscard]] std::int64_t scratch_bytes(
      const detail::LayerShape& shape) const noexcept override {
    return scratch_plan(shape).bytes;
  }

  [[nodiscard]] bool trains() const noexcept override { return true; }
  [[nodiscard]] std::int64_t training_scratch_bytes(
      const detail::TrainingShape& shape) const override {
    const DeviceGuard guard(device_.ordinal);
    std::call_once(sort_loaded_, load_sort_kernels);
    return cuda::training_scratch_bytes(shape);
  }
  [[nodiscard]] bool is_capturing(Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
    check_cuda(cudaStreamIsCapturing(stream.handle(), &capture), "cudaStreamIsCapturing");
    return capture != cudaStreamCaptureStatusNone;
  }
  void group(const detail::TrainingArgs& args, Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    enqueue_sort(args, stream);
  }
  void sum_gradients(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                     const detail::SparseRows* tables, Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    enqueue_part_sums(args, gradient, stream);
    enqueue_sparse_rows(args, gradient, tables, stream);
  }
  void update(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
              const detail::UpdateArgs& update, Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    enqueue_part_sums(args, gradient, stream);
    enqueue_update(args, gradient, update, stream);
  }
  void weight_gradients(const detail::LayerArgs& layer, const detail::WeightGradientArgs& args,
                        Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    const auto* const scratch = static_cast<const unsigned char*>(layer.scratch);
    const ScratchPlan plan = scratch_plan(layer.shape);
    enqueue_weight_gradients(layer, args, reinterpret_cast<const std::int64_t*>(scratch),
                             reinterpret_cast<const ValueWeight*>(scratch + plan.weights),
                             reinterpret_cast<const float*>(scratch + plan.norms), stream);
  }
  void apply(const detail::AppliedRows& rows, const detail::UpdateArgs& update,
             Stream stream) const override {
    const DeviceGuard guard(device_.ordinal);
    enqueue_apply(rows, update, stream);
  }

 private:
  Device device_;
  std::shared_ptr<MemoryResource> memory_;
  std::shared_ptr<MemoryResource> staging_;
  Stream own_stream_ = kHostStream;
  mutable std::once_flag sort_loaded_;
};

}  // namespace
}  // namespace seqfeat::cuda

namespace seqfeat::detail {

std::shared_ptr<const BackendImpl> make_cuda_backend(int ordinal,
                                                     std::shared_ptr<MemoryResource> memory) {
  return std::make_shared<cuda::CudaBackend>(cuda::open_device(ordinal), std::move(memory));
}

}  // namespace seqfeat::detail
