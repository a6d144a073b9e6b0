// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/batch.hpp"

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "layer/batch_state.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace detail {
namespace {

/// Memory for a tensor of the backend; null for one without elements.
template <class T>
T* allocate(OutputMemory<T>& output, const Backend& backend, const OutputTensor& tensor,
            Stream stream) {
  output.count = tensor.count;
  try {
    output.memory = Buffer(backend.memory(), tensor.bytes, stream);
  } catch (const OutOfMemory& error) {
    throw OutOfMemory(concat(tensor.text(), ": ", error.what()), error.bytes());
  }
  return output.memory.template as<T>();
}

/// The output as host memory.
template <class T>
std::span<const T> on_host(BatchState& state, OutputMemory<T>& output) {
  const auto count = static_cast<std::size_t>(output.count);
  if (!state.backend.on_device()) return {output.memory.template as<T>(), count};
  const std::lock_guard lock(state.mutex);
  if (output.on_host.size() != count) {
    const Stream stream = state.backend.impl().own_stream();
    output.on_host.resize(count);
    state.backend.copy(output.on_host.data(), output.memory.data(), output.memory.size_bytes(),
                       stream);
    state.backend.synchronize(stream);
  }
  return output.on_host;
}

}  // namespace

std::shared_ptr<BatchState> make_batch(const Backend& backend, const OutputTensors& tensors,
                                       const BatchSizes& sizes, Stream stream) {
  if (!backend.on_device()) tensors.require_host_memory();
  auto batch = std::make_shared<BatchState>(backend);
  batch->sizes = sizes;
  batch->dim = tensors.values.shape[2] + tensors.ragged_values.shape[1];  // one of them or none
  const auto memory = [&](auto& output, const OutputTensor& tensor) {
    return allocate(output, backend, tensor, stream);
  };
  batch->outputs.lengths = memory(batch->lengths, tensors.lengths);
  batch->outputs.row_offsets = memory(batch->row_offsets, tensors.row_offsets);
  batch->outputs.mask = memory(batch->mask, tensors.mask);
  batch->outputs.values = memory(batch->values, tensors.values);
  batch->outputs.ragged_values = memory(batch->ragged_values, tensors.ragged_values);
  batch->outputs.ids = memory(batch->ids, tensors.ids);
  return batch;
}

}  // namespace detail

const BatchSizes& Batch::sizes() const noexcept {
  return state_->sizes;
}
std::int64_t Batch::dim() const noexcept {
  return state_->dim;
}
const Outputs& Batch::outputs() const noexcept {
  return state_->outputs;
}

std::span<const float> Batch::values() const {
  return detail::on_host(*state_, state_->values);
}
std::span<const std::int64_t> Batch::lengths() const {
  return detail::on_host(*state_, state_->lengths);
}
std::span<const std::uint8_t> Batch::mask() const {
  return detail::on_host(*state_, state_->mask);
}
std::span<const float> Batch::ragged_values() const {
  return detail::on_host(*state_, state_->ragged_values);
}
std::span<const std::int64_t> Batch::row_offsets() const {
  return detail::on_host(*state_, state_->row_offsets);
}
const std::vector<ColumnIds>& Batch::ids() const {
  return state_->column_ids;
}

}  // namespace seqfeat
