// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/batch.hpp"

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "backend/sizes.hpp"
#include "layer/batch_state.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace detail {
namespace {

template <class T>
T* allocate(OutputMemory<T>& output, const Backend& backend, std::int64_t count, Stream stream) {
  output.count = count;
  output.memory = Buffer(backend.memory(), count * static_cast<std::int64_t>(sizeof(T)), stream);
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

std::shared_ptr<BatchState> make_batch(const Backend& backend, const BatchShape& shape,
                                       std::int64_t dim, Emit emit, Stream stream) {
  auto batch = std::make_shared<BatchState>(backend);
  batch->shape = shape;
  batch->dim = wants_values(emit) ? dim : 0;
  const auto floats = product({shape.rows, shape.width, batch->dim, 4});
  const auto cells = product({shape.rows, shape.width});
  const std::string what =
      concat("values [", shape.rows, ", ", shape.width, ", ", batch->dim, "] of float32");
  if (!floats || !cells) throw InvalidArgument(concat(what, ": the bytes overflow int64"));
  // The question costs what it takes to write some megabytes, which are there if anything is.
  constexpr std::int64_t kAskedFor = std::int64_t{64} << 20;
  if (!backend.on_device() && *floats + *cells >= kAskedFor) {
    require_host_memory(*floats + *cells, what);
  }
  batch->outputs.lengths = allocate(batch->lengths, backend, shape.rows, stream);
  batch->outputs.mask = allocate(batch->mask, backend, *cells, stream);
  if (wants_values(emit)) {
    batch->outputs.values = allocate(batch->values, backend, *floats / 4, stream);
  }
  if (wants_ids(emit)) batch->outputs.ids = allocate(batch->ids, backend, shape.ids, stream);
  return batch;
}

}  // namespace detail

const BatchShape& Batch::shape() const noexcept {
  return state_->shape;
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
const std::vector<ColumnIds>& Batch::ids() const {
  return state_->column_ids;
}

}  // namespace seqfeat
