// SPDX-License-Identifier: Apache-2.0
// Runs a layer: into memory of the library's, or into the caller's.
#include <utility>
#include <vector>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "layer/output_tensors.hpp"
#include "seqfeat/batch.hpp"

using seqfeat::abi::from_sizes;
using seqfeat::abi::guarded;
using seqfeat::abi::require;
using seqfeat::abi::to_features;
using seqfeat::abi::to_stream;

struct seqfeat_batch {
  seqfeat::Batch batch;
  std::vector<std::int64_t> ids_of;  ///< Of each column: which of the batch's ids, or -1.
};

namespace {

/// The plan of a capacity, for what `emit` says, SEQFEAT_TRAINS included.
seqfeat::Plan plan_of(const seqfeat_layer& layer, const seqfeat_sizes* capacity, int32_t emit) {
  return layer.layer.plan(seqfeat::abi::to_sizes(capacity),
                          seqfeat::abi::to_emit(emit & ~SEQFEAT_TRAINS),
                          {.trains = (emit & SEQFEAT_TRAINS) != 0});
}

}  // namespace

seqfeat_status seqfeat_layer_run(const seqfeat_layer* layer, const seqfeat_features* features,
                                 int32_t emit, seqfeat_batch** out) {
  return guarded([&] {
    require(layer, "layer");
    require(out, "out");
    const seqfeat::Emit wanted = seqfeat::abi::to_emit(emit);
    // For ids, lengths and a mask a layer may have tables that fit no machine.
    if (seqfeat::detail::reads_tables(wanted)) layer->prepare();
    layer->backend.require_usable();
    std::vector<std::int64_t> ids_of;
    std::int64_t next = 0;
    for (const seqfeat::Column& column : layer->layer.columns()) {
      ids_of.push_back(find_categorical(column) != nullptr ? next++ : -1);
    }
    *out = new seqfeat_batch{layer->layer(to_features(features), wanted), std::move(ids_of)};
  });
}

void seqfeat_batch_free(seqfeat_batch* batch) {
  delete batch;
}

seqfeat_sizes seqfeat_batch_sizes(const seqfeat_batch* batch) {
  return from_sizes(batch->batch.sizes());
}

seqfeat_outputs seqfeat_batch_outputs(const seqfeat_batch* batch) {
  const seqfeat::Outputs& outputs = batch->batch.outputs();
  return {outputs.values,
          outputs.lengths,
          outputs.mask,
          outputs.ids,
          outputs.ragged_values,
          outputs.row_offsets,
          static_cast<seqfeat_float_type>(outputs.type)};
}

seqfeat_ragged_view seqfeat_batch_ids(const seqfeat_batch* batch, int64_t index) {
  const std::int64_t number = batch->ids_of[static_cast<std::size_t>(index)];
  seqfeat::RaggedView view;
  view.dtype = seqfeat::DType::int64;
  view.trusted = true;
  if (number < 0) return seqfeat::abi::from_view(view);
  const seqfeat::ColumnIds& ids = batch->batch.ids()[static_cast<std::size_t>(number)];
  view.row_offsets = seqfeat::offsets_of(ids.row_offsets);
  view.step_offsets = seqfeat::offsets_of(ids.step_offsets);
  view.data = ids.ids.data();
  view.value_count = static_cast<std::int64_t>(ids.ids.size());
  return seqfeat::abi::from_view(view);
}

seqfeat_status seqfeat_layer_measure(const seqfeat_layer* layer, const seqfeat_features* features,
                                     seqfeat_sizes* out) {
  return guarded([&] {
    require(layer, "layer");
    require(out, "out");
    *out = from_sizes(layer->layer.measure(to_features(features)));
  });
}

int64_t seqfeat_layer_cross_count(const seqfeat_layer* layer) {
  return static_cast<int64_t>(layer->crosses.size());
}

const char* seqfeat_layer_cross_key(const seqfeat_layer* layer, int64_t index) {
  return layer->crosses[static_cast<std::size_t>(index)].key.c_str();
}

seqfeat_status seqfeat_layer_cross(const seqfeat_layer* layer, const seqfeat_features* features,
                                   int64_t index, seqfeat_ragged** out) {
  return guarded([&] {
    require(layer, "layer");
    require(out, "out");
    struct Memory {
      std::vector<std::int64_t> rows;
      std::vector<std::int64_t> steps;
    };
    const auto memory = std::make_shared<Memory>();
    const seqfeat::RaggedView made = steps_of(layer->crosses.at(static_cast<std::size_t>(index)),
                                              to_features(features), memory->rows, memory->steps);
    *out = new seqfeat_ragged{made, memory};
  });
}

seqfeat_status seqfeat_layer_plan(const seqfeat_layer* layer, const seqfeat_sizes* capacity,
                                  int32_t emit, seqfeat_plan* out) {
  return guarded([&] {
    require(layer, "layer");
    require(out, "out");
    const seqfeat::Plan plan = plan_of(*layer, capacity, emit);
    *out = {from_sizes(plan.capacity),
            emit,
            plan.values,
            plan.mask,
            plan.ids,
            plan.ragged_values,
            plan.row_offsets,
            plan.workspace_bytes,
            plan.arena_bytes};
  });
}

seqfeat_status seqfeat_workspace_new(const seqfeat_layer* layer, const seqfeat_plan* plan,
                                     void* stream, seqfeat_workspace** out) {
  return guarded([&] {
    require(layer, "layer");
    require(plan, "plan");
    require(out, "out");
    layer->backend.require_usable();
    // Sizes follow from the capacity, so that the caller's are not taken on trust.
    const seqfeat::Plan exact = plan_of(*layer, &plan->capacity, plan->emit);
    *out = new seqfeat_workspace{
        layer->backend, seqfeat::Workspace(layer->backend.backend, exact, to_stream(stream))};
  });
}

void seqfeat_workspace_free(seqfeat_workspace* workspace) {
  delete workspace;
}

seqfeat_status seqfeat_layer_pack(const seqfeat_layer* layer, const seqfeat_features* features,
                                  seqfeat_workspace* workspace, void* stream,
                                  seqfeat_sizes* sizes) {
  return guarded([&] {
    require(layer, "layer");
    require(workspace, "workspace");
    layer->prepare();
    const seqfeat::BatchSizes packed =
        layer->layer.pack(to_features(features), workspace->workspace, to_stream(stream));
    if (sizes != nullptr) *sizes = from_sizes(packed);
  });
}

seqfeat_status seqfeat_layer_compute(const seqfeat_layer* layer, const seqfeat_outputs* outputs,
                                     seqfeat_workspace* workspace, void* stream) {
  return guarded([&] {
    require(layer, "layer");
    require(workspace, "workspace");
    layer->backend.require_usable();
    layer->layer.compute(seqfeat::abi::to_outputs(outputs), workspace->workspace,
                         to_stream(stream));
  });
}

seqfeat_status seqfeat_workspace_check(seqfeat_workspace* workspace, void* stream) {
  return guarded([&] {
    require(workspace, "workspace");
    workspace->backend.require_usable();
    workspace->workspace.check(to_stream(stream));
  });
}
