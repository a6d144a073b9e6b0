// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backend/ops.hpp"
#include "backend/training_ops.hpp"
#include "seqfeat/memory.hpp"
#include "seqfeat/stream.hpp"

namespace seqfeat::detail {

/// Marks a point in a stream; reused, never shared between two streams at once.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  Event(Event&&) = delete;
  Event& operator=(Event&&) = delete;
  virtual ~Event() = default;
  virtual void record(Stream stream) = 0;
  [[nodiscard]] virtual bool passed() const = 0;  ///< True also if it was never recorded.
  virtual void wait() const = 0;
};

/// What a backend can do: memory verbs, four ops on whole batches, and training. Arguments were
/// checked by the free functions in front of it; a backend trusts them.
class BackendImpl {
 public:
  BackendImpl() = default;
  BackendImpl(const BackendImpl&) = delete;
  BackendImpl& operator=(const BackendImpl&) = delete;
  BackendImpl(BackendImpl&&) = delete;
  BackendImpl& operator=(BackendImpl&&) = delete;
  virtual ~BackendImpl() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string description() const = 0;
  [[nodiscard]] virtual bool on_device() const noexcept = 0;

  // Memory.

  /// Where tables, workspaces and outputs live.
  [[nodiscard]] virtual const std::shared_ptr<MemoryResource>& memory() const noexcept = 0;
  /// Host memory from which copies to the device are asynchronous; pinned, with a free list.
  [[nodiscard]] virtual const std::shared_ptr<MemoryResource>& staging() const noexcept = 0;
  /// True if kernels can read `pointer`. Throws InvalidArgument, naming both, if it belongs to
  /// another device.
  [[nodiscard]] virtual bool can_read(const void* pointer) const = 0;
  virtual void copy(void* to, const void* from, std::int64_t bytes, Stream stream) const = 0;
  virtual void synchronize(Stream stream) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Event> make_event() const = 0;
  /// Throws InvalidArgument, naming both, if `stream` belongs to another device.
  virtual void check_stream(Stream stream) const = 0;
  /// A stream of the backend's own, for callers that have none.
  [[nodiscard]] virtual Stream own_stream() const noexcept = 0;

  // Ops: enqueue and return, allocate nothing.

  virtual void hash(const HashArgs& args, Stream stream) const = 0;
  virtual void map(const MapArgs& args, Stream stream) const = 0;
  virtual void lookup(const LookupArgs& args, Stream stream) const = 0;
  /// `training` may be null. Else the contributions of the batch are kept there (see
  /// training_ops.hpp), for which `args.shape.trains`.
  virtual void sequence_features(const LayerArgs& args, const TrainingArgs* training,
                                 Stream stream) const = 0;
  /// Bytes of scratch that `sequence_features` wants for `ids` ids over all columns (beside the
  /// arena and the status word). Pure.
  [[nodiscard]] virtual std::int64_t scratch_bytes(const LayerShape& shape) const noexcept = 0;

  // Training: likewise. A backend that has not learnt it leaves all of these as they are; planning
  // refuses it there, so that the ops are never reached.

  /// True if the ops that follow are there.
  [[nodiscard]] virtual bool trains() const noexcept { return false; }
  /// Bytes of TrainingArgs::scratch: at most 48 a value, 4 * widest for every 64 values, and 1 MiB.
  /// Planning comes before training, so that the first call may load what training needs.
  [[nodiscard]] virtual std::int64_t training_scratch_bytes(const TrainingShape& shape) const;
  /// True while `stream` is being captured into a graph.
  [[nodiscard]] virtual bool is_capturing(Stream stream) const;
  virtual void group(const TrainingArgs& args, Stream stream) const;
  virtual void sum_gradients(const TrainingArgs& args, const GradientArgs& gradient,
                             const SparseRows* tables, Stream stream) const;
  virtual void update(const TrainingArgs& args, const GradientArgs& gradient,
                      const UpdateArgs& update, Stream stream) const;
  /// `layer` is what `sequence_features` was given.
  virtual void weight_gradients(const LayerArgs& layer, const WeightGradientArgs& args,
                                Stream stream) const;
  /// One table's step; `update.states` is its state.
  virtual void apply(const AppliedRows& rows, const UpdateArgs& update, Stream stream) const;
};

/// Throws DeviceUnavailable, saying what does train, unless the backend does.
void require_training(const BackendImpl& backend);

/// Made by src/cpu and by cuda/ (or by the stub that says there is no CUDA in this build).
/// Without `memory` they use their own.
[[nodiscard]] std::shared_ptr<const BackendImpl> make_cpu_backend(
    std::shared_ptr<MemoryResource> memory);
[[nodiscard]] std::shared_ptr<const BackendImpl> make_cuda_backend(
    int ordinal, std::shared_ptr<MemoryResource> memory);

}  // namespace seqfeat::detail
