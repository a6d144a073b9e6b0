// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/training_case.hpp"

#include <algorithm>
#include <deque>

#include "seqfeat/spec_json.hpp"
#include "tests/golden/compare.hpp"

namespace seqfeat::golden {
namespace {

Spec spec_from(const Json& columns, const Json& options) {
  Json json = options;
  json["version"] = 1;
  json["columns"] = columns;
  return parse_spec(json.dump());
}

SequenceFeatures layer_from(const Json& columns, const Json& options, const Backend& backend) {
  const Spec spec = spec_from(columns, options);
  return {spec.columns, backend, spec.options};
}

std::int64_t bytes_of(const Tensor& tensor) {
  return static_cast<std::int64_t>(tensor.floats.size()) * size_of(tensor.type);
}

}  // namespace

Optimizer optimizer_from(const Case& c) {
  const Json& json = c.input("optimizer");
  const auto number = [&](const char* key) { return member(json, key).get<double>(); };
  std::optional<std::uint64_t> seed;
  if (c.has("stochastic_rounding")) {
    seed = uint64_from(member(c.input("stochastic_rounding"), "seed"));
  }
  const double rate = number("lr");
  const auto name = member(json, "name").get<std::string>();
  if (name == "Sgd") return sgd({rate, number("weight_decay"), seed});
  if (name == "Adagrad") {
    return adagrad({rate, number("eps"), number("initial"),
                    member(json, "epsilon_in_root").get<bool>(), seed});
  }
  if (name == "RowwiseAdagrad") return rowwise_adagrad({rate, number("eps"), seed});
  if (name == "Adam") {
    return adam({rate, number("b1"), number("b2"), number("eps"), number("weight_decay"), seed});
  }
  if (name == "Ftrl") {
    return ftrl({rate, number("initial"), number("l1"), number("l2"), number("beta"),
                 number("lr_power"), seed});
  }
  throw BadCase("an optimizer called " + name);
}

OnBackend::OnBackend(const Backend& backend, const Tensor& tensor)
    : backend_(backend),
      buffer_(copied_to(backend, tensor.elements(), bytes_of(tensor))),
      shape_(tensor.shape),
      type_(tensor.type) {
  backend.synchronize(kHostStream);
}

Tensor OnBackend::read() const {
  const std::int64_t count = buffer_.size_bytes() / size_of(type_);
  Tensor tensor{.shape = shape_, .floats = {}, .halves = {}, .booleans = {}, .type = type_};
  if (type_ == FloatType::float32) {
    tensor.floats = copied_from<float>(backend_, buffer_, count);
    return tensor;
  }
  tensor.halves = copied_from<std::uint16_t>(backend_, buffer_, count);
  for (const std::uint16_t half : tensor.halves) {
    tensor.floats.push_back(type_ == FloatType::float16 ? float_from_float16(half)
                                                        : float_from_bfloat16(half));
  }
  return tensor;
}

TrainedCase::TrainedCase(const Json& columns, const Json& options,
                         const std::map<std::string, Tensor>& tables, const Backend& backend)
    : backend_(backend), layer_(layer_from(columns, options, backend)) {
  for (const auto& [name, tensor] : tables) tables_.emplace(name, OnBackend(backend, tensor));
  for (const Column& column : layer_.columns()) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding == nullptr) continue;
    const std::string table = embedding->table();
    if (!tables_.contains(table)) throw BadCase("no table " + table);
    layer_.bind(table, tables_.at(table).view());
  }
}

void TrainedCase::forward(const Json& features, std::int64_t padded_steps,
                          const std::vector<std::int64_t>& lengths) {
  std::deque<Csr> owners;  // Views name their memory, so that it may not move.
  Features views;
  for (const auto& [key, json] : features.items()) {
    owners.push_back(csr_from(json));
    views.set(key, owners.back().view());
  }
  sizes_ = layer_.measure(views);
  if (sizes_.padded_steps != padded_steps) {
    throw Difference("T: got " + std::to_string(sizes_.padded_steps) + ", expected " +
                     std::to_string(padded_steps));
  }
  const Plan plan = layer_.plan(sizes_, Emit::values, {.trains = true});
  workspace_.emplace(backend_, plan, kHostStream);
  const Buffer values(backend_.memory(), plan.values * 4, kHostStream);
  const Buffer got(backend_.memory(), sizes_.rows * 8, kHostStream);
  layer_(views, {.values = values.data(), .lengths = got.as<std::int64_t>()}, *workspace_,
         kHostStream);
  same("lengths", copied_from<std::int64_t>(backend_, got, sizes_.rows), lengths);
  // What training needs must not be in here.
  for (Csr& csr : owners) {
    std::fill(csr.row_offsets.begin(), csr.row_offsets.end(), 7);
    std::fill(csr.step_offsets.begin(), csr.step_offsets.end(), 7);
    std::fill(csr.tokens.data.begin(), csr.tokens.data.end(), std::byte{7});
  }
}

void same_tensor(std::string_view what, const Tensor& got, const Tensor& expected) {
  if (got.type != expected.type) throw Difference(std::string(what) + ": another type");
  same_floats(what, got.shape, got.floats, expected);
}

std::map<std::string, Tensor> tensors_of(const Json& json, const Json& tensors) {
  std::map<std::string, Tensor> out;
  for (const auto& [name, tensor] : json.items()) out.emplace(name, tensor_from(tensor, tensors));
  return out;
}

namespace {

/// Calls `use(tensor of the state, tensor of the case)` for each slot of a table.
template <class Use>
void for_each_slot(const OptimizerState& state, const std::string& table, const Json& slots,
                   const Json& tensors, const Use& use) {
  std::size_t found = 0;
  for (const StateTensor& tensor : state.tensors()) {
    if (tensor.table != table) continue;
    use(tensor, tensor_from(member(slots, tensor.slot), tensors));
    ++found;
  }
  if (found != slots.size()) throw Difference("state of " + table + ": another number of slots");
}

}  // namespace

void set_state(OptimizerState& state, const std::string& table, const Json& slots,
               const Json& tensors, const Backend& backend) {
  state.complete();
  if (state.step() == 0) same_state(state, table, slots, tensors, backend);  // as it was filled
  for_each_slot(state, table, slots, tensors, [&](const StateTensor& to, const Tensor& from) {
    if (bytes_of(from) != to.bytes()) throw BadCase("state of another shape");
    backend.copy(to.data, from.floats.data(), to.bytes(), kHostStream);
    backend.synchronize(kHostStream);
  });
}

void same_state(const OptimizerState& state, const std::string& table, const Json& slots,
                const Json& tensors, const Backend& backend) {
  for_each_slot(state, table, slots, tensors, [&](const StateTensor& got, const Tensor& expected) {
    std::vector<float> floats(static_cast<std::size_t>(got.rows * got.dim));
    backend.copy(floats.data(), got.data, got.bytes(), kHostStream);
    backend.synchronize(kHostStream);
    same_floats(got.table + '/' + got.slot, std::vector{got.rows, got.dim}, floats, expected);
  });
}

}  // namespace seqfeat::golden
