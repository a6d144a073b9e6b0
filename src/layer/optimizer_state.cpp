// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "backend/concat.hpp"
#include "layer/alignment.hpp"
#include "layer/optimizer_state_impl.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/fingerprint.hpp"

namespace seqfeat {
namespace detail {

OptimizerStateImpl::OptimizerStateImpl(const LayerImpl& of, const Optimizer& with)
    : layer(&of), optimizer(with), learning_rate(with.learning_rate()) {
  require_training(of.backend.impl());
  of.tables.complete();
  of.tables.prepare_training();
  trained = of.tables.trained();
  for (std::size_t t = 0; t < trained.tables.size(); ++t) {
    const TrainedTable& table = trained.tables[t];
    for (const StateSlot& slot : optimizer.slots()) {
      tensors.push_back({trained.names[t], std::string(slot.name), table.rows,
                         slot.per_row ? 1 : table.dim, nullptr, slot.initial_value});
    }
  }
}

void OptimizerStateImpl::check_of(const LayerImpl& of) const {
  if (layer == &of && same_shapes(trained, of.tables.trained())) return;
  throw InvalidArgument(layer == &of
                            ? "state: the layer's trained tables are others than those it was made "
                              "for; make it after all tables are bound"
                            : "state: it was made for another layer");
}

StateTensor& OptimizerStateImpl::find(std::string_view table, std::string_view slot) {
  for (StateTensor& tensor : tensors) {
    if (tensor.table == table && tensor.slot == slot) return tensor;
  }
  std::string known;
  for (std::size_t i = 0; i < std::min<std::size_t>(tensors.size(), 8); ++i) {
    known += concat(i == 0 ? "'" : ", '", tensors[i].table, '/', tensors[i].slot, '\'');
  }
  throw InvalidArgument(concat("state: there is no tensor '", table, '/', slot, "', only ",
                               known.empty() ? "none" : known, tensors.size() > 8 ? ", …" : ""));
}

void OptimizerStateImpl::bind(std::string_view table, std::string_view slot, float* data) {
  StateTensor& tensor = find(table, slot);
  const std::string what = concat("state '", table, '/', slot, '\'');
  if (data == nullptr) throw InvalidArgument(what + ": got null, expected memory");
  check_alignment(what, data, FloatType::float32);
  if (!layer->backend.impl().can_read(data)) {
    throw InvalidArgument(what + ": got memory of the host, expected memory of the device");
  }
  tensor.data = data;
  if (complete_) point_to_tensors();
}

void OptimizerStateImpl::fill(const StateTensor& tensor, Stream stream) const {
  const auto value = static_cast<float>(tensor.initial_value);
  const std::int64_t count = tensor.rows * tensor.dim;
  if (!layer->backend.on_device()) {
    std::fill_n(tensor.data, count, value);
    return;
  }
  constexpr std::int64_t kAtOnce = 1 << 20;
  const std::vector<float> values(static_cast<std::size_t>(std::min(count, kAtOnce)), value);
  for (std::int64_t at = 0; at < count; at += kAtOnce) {
    layer->backend.copy(tensor.data + at, values.data(), std::min(kAtOnce, count - at) * 4, stream);
  }
  layer->backend.synchronize(stream);
}

void OptimizerStateImpl::complete() {
  if (complete_) return;
  const BackendImpl& backend = layer->backend.impl();
  const Stream stream = backend.own_stream();
  for (StateTensor& tensor : tensors) {
    if (tensor.data != nullptr) continue;
    try {
      owned_.emplace_back(backend.memory(), tensor.bytes(), stream);
    } catch (const OutOfMemory& error) {
      throw OutOfMemory(concat("state '", tensor.table, '/', tensor.slot, "' [", tensor.rows, ", ",
                               tensor.dim, "] of float32: ", error.what()),
                        error.bytes());
    }
    tensor.data = owned_.back().as<float>();
    fill(tensor, stream);
  }
  scalars_ = Buffer(backend.memory(), sizeof(UpdateScalars), stream);
  staging_ = Buffer(backend.staging(), kStepsAhead * sizeof(UpdateScalars), stream);
  for (auto& event : copied_) event = backend.make_event();
  point_to_tensors();
  complete_ = true;
}

void OptimizerStateImpl::point_to_tensors() {
  const std::size_t slots = optimizer.slots().size();
  const auto seed = optimizer.stochastic_rounding();
  states_.resize(trained.tables.size());
  for (std::size_t t = 0; t < states_.size(); ++t) {
    states_[t].first = slots > 0 ? tensors[t * slots].data : nullptr;
    states_[t].second = slots > 1 ? tensors[t * slots + 1].data : nullptr;
    if (seed) states_[t].rounding = philox_key(*seed, fingerprint64(trained.names[t]));
  }
  const Backend& backend = layer->backend;
  if (!backend.on_device()) return;
  const Stream stream = backend.impl().own_stream();
  const auto bytes = static_cast<std::int64_t>(states_.size() * sizeof(TrainedState));
  if (device_states_.data() == nullptr) device_states_ = Buffer(backend.memory(), bytes, stream);
  backend.copy(device_states_.data(), states_.data(), bytes, stream);
  backend.synchronize(stream);
}

void OptimizerStateImpl::advance(Stream stream) {
  complete();
  if (step == std::numeric_limits<std::uint32_t>::max()) {
    throw InvalidArgument("state: it has made 2^32 - 1 steps, which is all that there are");
  }
  const std::size_t turn = static_cast<std::size_t>(step) % kStepsAhead;
  copied_.at(turn)->wait();
  UpdateScalars& staged = staging_.as<UpdateScalars>()[turn];
  staged = optimizer.scalars(learning_rate, step + 1);
  layer->backend.copy(scalars_.data(), &staged, sizeof staged, stream);
  copied_.at(turn)->record(stream);
  ++step;
}

UpdateArgs OptimizerStateImpl::args() const noexcept {
  return {optimizer.kind(), optimizer.stochastic_rounding().has_value(),
          scalars_.as<UpdateScalars>(),
          layer->backend.on_device() ? device_states_.as<TrainedState>() : states_.data()};
}

}  // namespace detail

OptimizerState::OptimizerState(const SequenceFeatures& layer, const Optimizer& optimizer)
    : impl_(std::make_unique<detail::OptimizerStateImpl>(*layer.impl_, optimizer)) {}
OptimizerState::OptimizerState(OptimizerState&&) noexcept = default;
OptimizerState& OptimizerState::operator=(OptimizerState&&) noexcept = default;
OptimizerState::~OptimizerState() = default;

const Optimizer& OptimizerState::optimizer() const noexcept {
  return impl_->optimizer;
}
const std::vector<std::string>& OptimizerState::tables() const noexcept {
  return impl_->trained.names;
}
const std::vector<StateTensor>& OptimizerState::tensors() const noexcept {
  return impl_->tensors;
}
void OptimizerState::bind(std::string_view table, std::string_view slot, float* memory) {
  impl_->bind(table, slot, memory);
}
void OptimizerState::complete() {
  impl_->complete();
}
std::int64_t OptimizerState::step() const noexcept {
  return impl_->step;
}
void OptimizerState::set_step(std::int64_t step) {
  if (step < 0 || step > std::numeric_limits<std::uint32_t>::max()) {
    throw InvalidArgument(detail::concat("step: must be 0 ... 2^32 - 1, got ", step));
  }
  impl_->step = step;
}
double OptimizerState::learning_rate() const noexcept {
  return impl_->learning_rate;
}
void OptimizerState::set_learning_rate(double learning_rate) {
  check_learning_rate(learning_rate);
  impl_->learning_rate = learning_rate;
}
void OptimizerState::advance(Stream stream) {
  impl_->advance(stream);
}
void OptimizerState::save(const std::filesystem::path& file, Stream stream) {
  impl_->save(file, stream);
}
void OptimizerState::load(const std::filesystem::path& file, Stream stream) {
  impl_->load(file, stream);
}

}  // namespace seqfeat
