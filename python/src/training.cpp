// SPDX-License-Identifier: Apache-2.0
// The layer in a training loop: batches in one block go forward into memory of the caller's, and
// gradients go back into tables. Addresses come as integers from whoever owns the memory.

#include <algorithm>
#include <cstring>
#include <utility>

#include "outputs.hpp"
#include "packed.hpp"

namespace seqfeat::python {
namespace {

void* stream_of(std::uintptr_t stream) noexcept {
  return pointer_to<void>(stream);
}

/// Scratch memory for one batch in flight, which grows with the batches that it gets.
class Workspace {
 public:
  explicit Workspace(bool trains)
      : emit_(SEQFEAT_EMIT_VALUES | SEQFEAT_EMIT_MASK | (trains ? int{SEQFEAT_TRAINS} : 0)) {}

  /// Makes room for a batch, and for those that are no larger. The lengths of all rows of the
  /// capacity are written: on a device, where they go to memory of the caller's, the capacity has
  /// the batch's rows.
  void reserve(const Layer& of, const seqfeat_sizes& sizes, void* stream) {
    const seqfeat_layer* const layer = of.handle();
    const bool same_rows = of.device() < 0 || sizes.rows == capacity_.rows;
    if (handle_ != nullptr && layer == layer_ && same_rows && holds(sizes)) return;
    seqfeat_sizes grown = layer == layer_ ? capacity_ : seqfeat_sizes{};
    const auto grow = [](std::int64_t& capacity, std::int64_t wanted) {
      if (wanted > capacity) capacity = wanted + wanted / 4;
    };
    grow(grown.rows, sizes.rows);
    grow(grown.steps, sizes.steps);
    grow(grown.tokens, sizes.tokens);
    grow(grown.bytes, sizes.bytes);
    grow(grown.padded_steps, sizes.padded_steps);
    if (of.device() >= 0) grown.rows = sizes.rows;
    grown.ids = -1;
    seqfeat_plan plan = {};
    seqfeat_workspace* made = nullptr;
    handle_.reset();
    without_gil([&] {
      const seqfeat_status status = seqfeat_layer_plan(layer, &grown, emit_, &plan);
      return status != SEQFEAT_OK ? status : seqfeat_workspace_new(layer, &plan, stream, &made);
    });
    handle_ = shared<seqfeat_workspace, seqfeat_workspace_free>(made);
    capacity_ = grown;
    layer_ = layer;
    lengths_.resize(of.device() < 0 ? static_cast<std::size_t>(grown.rows) : 0);
  }

  [[nodiscard]] seqfeat_workspace* handle() const {
    if (handle_ == nullptr) raise("InvalidArgument", "workspace: nothing was computed in it yet");
    return handle_.get();
  }
  [[nodiscard]] const seqfeat_sizes& capacity() const noexcept { return capacity_; }
  /// Room for the lengths of all rows of the capacity, where there are more than the batch's.
  [[nodiscard]] std::int64_t* lengths_beside(std::int64_t rows) noexcept {
    return rows < capacity_.rows && !lengths_.empty() ? lengths_.data() : nullptr;
  }

 private:
  [[nodiscard]] bool holds(const seqfeat_sizes& sizes) const noexcept {
    return sizes.rows <= capacity_.rows && sizes.steps <= capacity_.steps &&
           sizes.tokens <= capacity_.tokens && sizes.bytes <= capacity_.bytes &&
           sizes.padded_steps <= capacity_.padded_steps;
  }

  int emit_;
  const seqfeat_layer* layer_ = nullptr;
  std::shared_ptr<seqfeat_workspace> handle_;
  seqfeat_sizes capacity_ = {};
  std::vector<std::int64_t> lengths_;
};

/// The state of an optimizer, of which tensors are bound to memory of the caller's.
class State {
 public:
  State(const Layer& layer, const std::string& json) {
    const Layer::Use use(layer);
    seqfeat_state* state = nullptr;
    without_gil(
        [&] { return seqfeat_state_new(layer.handle(), json.data(), json.size(), &state); });
    handle_ = shared<seqfeat_state, seqfeat_state_free>(state);
  }

  [[nodiscard]] seqfeat_state* handle() const noexcept { return handle_.get(); }

  [[nodiscard]] nb::list tables() const {
    nb::list tables;
    for (std::int64_t i = 0; i < seqfeat_state_table_count(handle()); ++i) {
      tables.append(seqfeat_state_table(handle(), i));
    }
    return tables;
  }
  /// (table, slot, rows, dim, initial value) of each tensor.
  [[nodiscard]] nb::list tensors() const {
    nb::list tensors;
    for (std::int64_t i = 0; i < seqfeat_state_tensor_count(handle()); ++i) {
      const seqfeat_state_tensor t = seqfeat_state_get(handle(), i);
      tensors.append(nb::make_tuple(t.table, t.slot, t.rows, t.dim, t.initial_value));
    }
    return tensors;
  }
  void bind(const std::string& table, const std::string& slot, std::uintptr_t address) {
    check(seqfeat_state_bind(handle(), table.c_str(), slot.c_str(), pointer_to<float>(address)));
  }
  [[nodiscard]] std::int64_t step() const { return seqfeat_state_step(handle()); }
  void set_step(std::int64_t step) { check(seqfeat_state_set_step(handle(), step)); }
  [[nodiscard]] double learning_rate() const { return seqfeat_state_learning_rate(handle()); }
  void set_learning_rate(double rate) { check(seqfeat_state_set_learning_rate(handle(), rate)); }
  void advance(std::uintptr_t stream) { check(seqfeat_state_advance(handle(), stream_of(stream))); }

 private:
  std::shared_ptr<seqfeat_state> handle_;
};

/// The first half of `forward`: a packed batch into a workspace. `head` is on the host; `steps` is
/// T.
void pack(const Layer& layer, Workspace& workspace, std::uintptr_t head_address,
          std::uintptr_t block, bool on_device, std::int64_t steps, std::uintptr_t stream) {
  const Layer::Use use(layer);
  const PackedHead& head = *pointer_to<const PackedHead>(head_address);
  seqfeat_sizes sizes = head.sizes;
  sizes.padded_steps = steps;
  workspace.reserve(layer, sizes, stream_of(stream));
  const PackedInput input(layer, head, pointer_to<const char>(block), on_device);
  const seqfeat_features features = input.features();
  seqfeat_workspace* const handle = workspace.handle();
  without_gil([&] {
    return seqfeat_layer_pack(layer.handle(), &features, handle, stream_of(stream), nullptr);
  });
}

/// The second half: values, lengths and mask of the batch of `rows` that was packed last. A CUDA
/// graph can hold it.
void compute(const Layer& layer, Workspace& workspace, std::int64_t rows, std::uintptr_t values,
             std::uintptr_t lengths, std::uintptr_t mask, int type, std::uintptr_t stream) {
  const Layer::Use use(layer);
  seqfeat_outputs outputs = {};
  outputs.values = pointer_to<void>(values);
  std::int64_t* const beside = workspace.lengths_beside(rows);
  outputs.lengths = beside != nullptr ? beside : pointer_to<std::int64_t>(lengths);
  outputs.mask = pointer_to<std::uint8_t>(mask);
  outputs.type = static_cast<seqfeat_float_type>(type);
  seqfeat_workspace* const handle = workspace.handle();
  without_gil(
      [&] { return seqfeat_layer_compute(layer.handle(), &outputs, handle, stream_of(stream)); });
  if (beside != nullptr) std::copy_n(beside, rows, pointer_to<std::int64_t>(lengths));
}

/// values, lengths and mask of a packed batch: `pack` and `compute`.
void forward(const Layer& layer, Workspace& workspace, std::uintptr_t head, std::uintptr_t block,
             bool on_device, std::int64_t steps, std::uintptr_t values, std::uintptr_t lengths,
             std::uintptr_t mask, int type, std::uintptr_t stream) {
  const Layer::Use use(layer);
  pack(layer, workspace, head, block, on_device, steps, stream);
  const std::int64_t rows = pointer_to<const PackedHead>(head)->sizes.rows;
  compute(layer, workspace, rows, values, lengths, mask, type, stream);
}

/// Backward pass and a step of the optimizer over the batch that was computed last.
void update(const Layer& layer, const Workspace& workspace, std::uintptr_t gradient, int type,
            const State& state, std::uintptr_t stream) {
  const Layer::Change change(layer);
  const seqfeat_gradient given = {pointer_to<const void>(gradient),
                                  static_cast<seqfeat_float_type>(type)};
  seqfeat_workspace* const handle = workspace.handle();
  without_gil([&] {
    return seqfeat_layer_update(layer.handle(), &given, handle, state.handle(), stream_of(stream));
  });
}

/// The sparse gradients of the batch that was computed last: (table, ids, rows, count) of each
/// trained table. On the host there are as many ids as are counted, and `count` is None; on a
/// device all three are arrays, the first two of the capacity.
nb::list gradients(const Layer& layer, const Workspace& workspace, std::uintptr_t gradient,
                   int type, std::uintptr_t stream) {
  const Layer::Use use(layer);
  const seqfeat_gradient given = {pointer_to<const void>(gradient),
                                  static_cast<seqfeat_float_type>(type)};
  seqfeat_workspace* const handle = workspace.handle();
  seqfeat_sparse_gradient* made = nullptr;
  without_gil([&] {
    return seqfeat_sparse_gradient_new(layer.handle(), &workspace.capacity(), stream_of(stream),
                                       &made);
  });
  const auto sparse = shared<seqfeat_sparse_gradient, seqfeat_sparse_gradient_free>(made);
  without_gil([&] {
    return seqfeat_layer_gradients(layer.handle(), &given, handle, made, stream_of(stream));
  });
  nb::list tables;
  for (std::int64_t i = 0; i < seqfeat_sparse_gradient_count(made); ++i) {
    const seqfeat_sparse_table table = seqfeat_sparse_gradient_table(made, i);
    const bool host = layer.device() < 0;
    const auto count = static_cast<std::size_t>(host ? *table.count : table.capacity);
    const auto dim = static_cast<std::size_t>(table.dim);
    tables.append(nb::make_tuple(
        table.table, output(table.ids, {count}, sparse, layer.device(), "int64"),
        output(table.rows, {count, dim}, sparse, layer.device(), "float32"),
        host ? nb::none()
             : output(table.count, {std::size_t{1}}, sparse, layer.device(), "int64")));
  }
  return tables;
}

/// A table's gradient: name, dim, capacity, and the addresses of ids, rows and their count; without
/// a count, which is for the host, there are as many as the capacity.
using GivenRows = std::tuple<std::string, std::int64_t, std::int64_t, std::uintptr_t,
                             std::uintptr_t, std::uintptr_t>;

/// A step of the optimizer with gradients that are there already.
void apply(const Layer& layer, const std::vector<GivenRows>& given, const State& state,
           std::uintptr_t stream) {
  const Layer::Change change(layer);
  std::vector<seqfeat_sparse_table> tables;
  std::vector<std::int64_t> counts(given.size());
  for (const auto& [name, dim, capacity, ids, rows, count] : given) {
    std::int64_t& counted = counts[tables.size()] = capacity;
    tables.push_back({name.c_str(), dim, capacity, pointer_to<std::int64_t>(ids),
                      pointer_to<float>(rows),
                      count != 0 ? pointer_to<std::int64_t>(count) : &counted});
  }
  without_gil([&] {
    return seqfeat_layer_apply(layer.handle(), tables.data(),
                               static_cast<std::int64_t>(tables.size()), state.handle(),
                               stream_of(stream));
  });
}

}  // namespace

void bind_training(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Workspace>(module, "Workspace", "Scratch memory for one batch in flight.")
      .def(nb::init<bool>(), "trains"_a)
      .def(
          "reserve",
          [](Workspace& workspace, const Layer& layer, std::int64_t rows, std::int64_t steps,
             std::int64_t values, std::int64_t bytes, std::int64_t padded, std::uintptr_t stream) {
            const seqfeat_sizes sizes = {.rows = rows,
                                         .steps = steps,
                                         .tokens = values,
                                         .bytes = bytes,
                                         .padded_steps = padded,
                                         .ids = -1};
            workspace.reserve(layer, sizes, stream_of(stream));
          },
          "layer"_a, "rows"_a, "steps"_a, "values"_a, "bytes"_a, "padded_steps"_a, "stream"_a,
          "Makes room for batches up to these sizes, those of all features together.");
  nb::class_<State>(module, "State", nb::dynamic_attr(),
                    "The state of an optimizer over a layer's tables.")
      .def(nb::init<const Layer&, const std::string&>(), "layer"_a, "json"_a,
           nb::keep_alive<1, 2>())
      .def_prop_ro("tables", &State::tables)
      .def_prop_ro("tensors", &State::tensors)
      .def("bind", &State::bind, "table"_a, "slot"_a, "address"_a)
      .def_prop_rw("step", &State::step, &State::set_step)
      .def_prop_rw("learning_rate", &State::learning_rate, &State::set_learning_rate)
      .def("advance", &State::advance, "stream"_a);
  module.def(
      "check_optimizer",
      [](const std::string& json) { check(seqfeat_optimizer_check(json.data(), json.size())); },
      "json"_a);
  module.def("pack", &pack, "layer"_a, "workspace"_a, "head"_a, "block"_a, "on_device"_a, "steps"_a,
             "stream"_a);
  module.def("compute", &compute, "layer"_a, "workspace"_a, "rows"_a, "values"_a, "lengths"_a,
             "mask"_a, "type"_a, "stream"_a);
  module.def("forward", &forward, "layer"_a, "workspace"_a, "head"_a, "block"_a, "on_device"_a,
             "steps"_a, "values"_a, "lengths"_a, "mask"_a, "type"_a, "stream"_a);
  module.def("update", &update, "layer"_a, "workspace"_a, "gradient"_a, "type"_a, "state"_a,
             "stream"_a);
  module.def("gradients", &gradients, "layer"_a, "workspace"_a, "gradient"_a, "type"_a, "stream"_a);
  module.def("apply", &apply, "layer"_a, "tables"_a, "state"_a, "stream"_a);
}

}  // namespace seqfeat::python
