// SPDX-License-Identifier: Apache-2.0
// Training: the state of an optimizer, the backward pass, and sparse gradients.
#include <string_view>
#include <vector>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "seqfeat/optimizer.hpp"
#include "seqfeat/training.hpp"

using seqfeat::SparseTable;
using seqfeat::StateTensor;
using seqfeat::abi::guarded;
using seqfeat::abi::require;
using seqfeat::abi::to_gradient;
using seqfeat::abi::to_stream;

struct seqfeat_state {
  seqfeat_backend backend;
  seqfeat::OptimizerState state;
};

struct seqfeat_sparse_gradient {
  seqfeat::SparseGradient sparse;
};

namespace {

/// Calls `use` with the state, if it may be used in this process.
template <class Use>
seqfeat_status with_state(seqfeat_state* state, const Use& use) {
  return guarded([&] {
    require(state, "state");
    state->backend.require_usable();
    use(state->state);
  });
}

/// What every call over a batch checks first.
void require_training(const seqfeat_layer* layer, const seqfeat_workspace* workspace) {
  require(layer, "layer");
  require(workspace, "workspace");
  layer->prepare();
}

}  // namespace

seqfeat_status seqfeat_optimizer_check(const char* json, size_t size) {
  return guarded([&] {
    require(json, "json");
    static_cast<void>(seqfeat::parse_optimizer({json, size}));
  });
}

seqfeat_status seqfeat_state_new(const seqfeat_layer* layer, const char* json, size_t size,
                                 seqfeat_state** out) {
  return guarded([&] {
    require(layer, "layer");
    require(json, "json");
    require(out, "out");
    const seqfeat::Optimizer optimizer = seqfeat::parse_optimizer({json, size});
    layer->prepare();
    *out = new seqfeat_state{layer->backend, seqfeat::OptimizerState(layer->layer, optimizer)};
  });
}

void seqfeat_state_free(seqfeat_state* state) {
  delete state;
}

int64_t seqfeat_state_table_count(const seqfeat_state* state) {
  return static_cast<int64_t>(state->state.tables().size());
}

const char* seqfeat_state_table(const seqfeat_state* state, int64_t index) {
  return state->state.tables()[static_cast<std::size_t>(index)].c_str();
}

int64_t seqfeat_state_tensor_count(const seqfeat_state* state) {
  return static_cast<int64_t>(state->state.tensors().size());
}

seqfeat_state_tensor seqfeat_state_get(const seqfeat_state* state, int64_t index) {
  const StateTensor& tensor = state->state.tensors()[static_cast<std::size_t>(index)];
  return {tensor.table.c_str(), tensor.slot.c_str(), tensor.rows,
          tensor.dim,           tensor.data,         tensor.initial_value};
}

seqfeat_status seqfeat_state_bind(seqfeat_state* state, const char* table, const char* slot,
                                  float* memory) {
  return with_state(state, [&](seqfeat::OptimizerState& held) {
    require(table, "table");
    require(slot, "slot");
    held.bind(table, slot, memory);
  });
}

seqfeat_status seqfeat_state_complete(seqfeat_state* state) {
  return with_state(state, [](seqfeat::OptimizerState& held) { held.complete(); });
}

int64_t seqfeat_state_step(const seqfeat_state* state) {
  return state->state.step();
}

seqfeat_status seqfeat_state_set_step(seqfeat_state* state, int64_t step) {
  return with_state(state, [&](seqfeat::OptimizerState& held) { held.set_step(step); });
}

double seqfeat_state_learning_rate(const seqfeat_state* state) {
  return state->state.learning_rate();
}

seqfeat_status seqfeat_state_set_learning_rate(seqfeat_state* state, double rate) {
  return with_state(state, [&](seqfeat::OptimizerState& held) { held.set_learning_rate(rate); });
}

seqfeat_status seqfeat_state_advance(seqfeat_state* state, void* stream) {
  return with_state(state, [&](seqfeat::OptimizerState& held) { held.advance(to_stream(stream)); });
}

seqfeat_status seqfeat_state_save(seqfeat_state* state, const char* path, void* stream) {
  return with_state(state, [&](seqfeat::OptimizerState& held) {
    require(path, "path");
    held.save(path, to_stream(stream));
  });
}

seqfeat_status seqfeat_state_load(seqfeat_state* state, const char* path, void* stream) {
  return with_state(state, [&](seqfeat::OptimizerState& held) {
    require(path, "path");
    held.load(path, to_stream(stream));
  });
}

seqfeat_status seqfeat_layer_update(const seqfeat_layer* layer, const seqfeat_gradient* gradient,
                                    seqfeat_workspace* workspace, seqfeat_state* state,
                                    void* stream) {
  return guarded([&] {
    require_training(layer, workspace);
    require(state, "state");
    layer->layer.update(to_gradient(gradient), workspace->workspace, state->state,
                        to_stream(stream));
  });
}

seqfeat_status seqfeat_layer_prepare_update(const seqfeat_layer* layer,
                                            seqfeat_workspace* workspace, void* stream) {
  return guarded([&] {
    require_training(layer, workspace);
    layer->layer.prepare_update(workspace->workspace, to_stream(stream));
  });
}

seqfeat_status seqfeat_layer_weight_gradients(const seqfeat_layer* layer, const char* name,
                                              const seqfeat_outputs* outputs,
                                              const seqfeat_gradient* gradient,
                                              seqfeat_workspace* workspace, float* out,
                                              void* stream) {
  return guarded([&] {
    require_training(layer, workspace);
    require(name, "name");
    layer->layer.weight_gradients(name, seqfeat::abi::to_outputs(outputs), to_gradient(gradient),
                                  workspace->workspace, out, to_stream(stream));
  });
}

seqfeat_status seqfeat_sparse_gradient_new(const seqfeat_layer* layer,
                                           const seqfeat_sizes* capacity, void* stream,
                                           seqfeat_sparse_gradient** out) {
  return guarded([&] {
    require(layer, "layer");
    require(out, "out");
    layer->prepare();
    *out = new seqfeat_sparse_gradient{
        seqfeat::SparseGradient(layer->layer, seqfeat::abi::to_sizes(capacity), to_stream(stream))};
  });
}

void seqfeat_sparse_gradient_free(seqfeat_sparse_gradient* sparse) {
  delete sparse;
}

int64_t seqfeat_sparse_gradient_count(const seqfeat_sparse_gradient* sparse) {
  return static_cast<int64_t>(sparse->sparse.tables().size());
}

seqfeat_sparse_table seqfeat_sparse_gradient_table(const seqfeat_sparse_gradient* sparse,
                                                   int64_t index) {
  const SparseTable& table = sparse->sparse.tables()[static_cast<std::size_t>(index)];
  return {table.table.c_str(), table.dim, table.capacity, table.ids, table.rows, table.count};
}

seqfeat_status seqfeat_layer_gradients(const seqfeat_layer* layer, const seqfeat_gradient* gradient,
                                       seqfeat_workspace* workspace,
                                       seqfeat_sparse_gradient* sparse, void* stream) {
  return guarded([&] {
    require_training(layer, workspace);
    require(sparse, "sparse");
    layer->layer.gradients(to_gradient(gradient), workspace->workspace, sparse->sparse,
                           to_stream(stream));
  });
}

seqfeat_status seqfeat_layer_apply(const seqfeat_layer* layer, const seqfeat_sparse_table* tables,
                                   int64_t count, seqfeat_state* state, void* stream) {
  return guarded([&] {
    require(layer, "layer");
    require(state, "state");
    layer->prepare();
    if (count > 0) require(tables, "tables");
    std::vector<SparseTable> given;
    for (std::int64_t i = 0; i < count; ++i) {
      require(tables[i].table, "tables: table");
      given.push_back({tables[i].table, tables[i].dim, tables[i].capacity, tables[i].ids,
                       tables[i].rows, tables[i].count});
    }
    layer->layer.apply(given, state->state, to_stream(stream));
  });
}
