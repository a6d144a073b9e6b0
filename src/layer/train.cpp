// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/alignment.hpp"
#include "layer/layer_impl.hpp"
#include "layer/optimizer_state_impl.hpp"
#include "layer/sparse_gradient_impl.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/training.hpp"

// The backward pass: everything is checked here, and backends trust what they get.

namespace seqfeat {
namespace detail {
namespace {

/// Memory that is not null.
void check_memory(const char* what, const void* memory, FloatType type,
                  const BackendImpl& backend) {
  check_alignment(what, memory, type);
  if (backend.can_read(memory)) return;
  throw InvalidArgument(concat(what, ": got memory of the host, expected memory of the device"));
}

void check_gradient(const OutputGradient& gradient, const WorkspaceState& state,
                    const BackendImpl& backend) {
  if (gradient.data == nullptr) {
    if (state.plan.capacity.steps == 0) return;
    throw InvalidArgument("gradient: got null, expected the gradient of the layer's values");
  }
  check_memory("gradient", gradient.data, gradient.type, backend);
}

void check_computed(const WorkspaceState& state, const LayerImpl& layer) {
  if (!state.plan.trains) {
    throw InvalidArgument(
        "workspace: its plan is not for training; plan with {.trains = true} as the last argument");
  }
  if (state.contributions == Contributions::none) {
    throw InvalidArgument(
        "workspace: it holds no batch to go back over; call the layer with values in this "
        "workspace first, and pack the next batch only afterwards");
  }
  if (state.names != layer.names) {
    throw InvalidArgument("workspace: another layer computed in it; train that one");
  }
}

/// Groups what is not grouped yet. A captured graph groups in each replay.
void group(WorkspaceState& state, const TrainingArgs& args, const BackendImpl& backend,
           Stream stream) {
  const auto done =
      backend.is_capturing(stream) ? Contributions::grouped_in_capture : Contributions::grouped;
  if (state.contributions == done) return;
  backend.group(args, stream);
  state.contributions = done;
}

}  // namespace

TrainingShape LayerImpl::training_shape(const BatchSizes& capacity, Emit emit) const {
  TrainingShape shape;
  shape.dim = columns.dim;
  shape.slots = shape_of(capacity, emit).slots;
  shape.columns = static_cast<std::int32_t>(columns.trained.size());
  shape.tables = shape.columns;
  for (const std::size_t c : columns.trained) {
    const ColumnData& column = columns.data[c];
    shape.widest = std::max(shape.widest, column.table.dim);
    shape.clips = shape.clips || column.table.clips;
    if (__builtin_add_overflow(shape.keys, column.source.rows, &shape.keys)) {
      throw InvalidArgument("columns: the rows of all trained tables overflow int64");
    }
  }
  std::int64_t most = 0;  // trained columns over one token
  for (const FeatureSource& feature : columns.features) most = std::max(most, feature.trained);
  for (const CrossedFeature& cross : columns.crossed) most = std::max(most, cross.trained);
  shape.values = std::min(capacity.ids, product({most, capacity.tokens}).value_or(INT64_MAX));
  if (shape.values > kMostContributions) {
    throw InvalidArgument(concat("capacity: got ", shape.values,
                                 " values of trained columns, expected at most ",
                                 kMostContributions, "; train on smaller batches"));
  }
  return shape;
}

TrainingArgs LayerImpl::training_args(const WorkspaceState& state) const {
  const TrainingShape planned = training_shape(state.plan.capacity, state.plan.emit);
  TrainingArgs args;
  args.shape = detail::shape_of(tables.trained(), columns.dim);
  args.shape.values = planned.values;
  args.shape.slots = planned.slots;
  args.columns = tables.trained_columns();
  args.tables = tables.trained_tables();
  args.scratch = state.training_scratch();
  return args;
}

void LayerImpl::prepare_update(WorkspaceState& state, Stream stream) const {
  check_computed(state, *this);
  backend.impl().check_stream(stream);
  state.last_used = stream;
  group(state, training_args(state), backend.impl(), stream);
}

void LayerImpl::update(const OutputGradient& gradient, WorkspaceState& state,
                       OptimizerStateImpl& optimizer, Stream stream) const {
  check_computed(state, *this);
  check_gradient(gradient, state, backend.impl());
  optimizer.check_of(*this);
  backend.impl().check_stream(stream);
  optimizer.complete();
  state.last_used = stream;
  const TrainingArgs args = training_args(state);
  group(state, args, backend.impl(), stream);
  if (!backend.impl().is_capturing(stream)) optimizer.advance(stream);
  backend.impl().update(args, {gradient.data, gradient.type}, optimizer.args(), stream);
}

void LayerImpl::gradients(const OutputGradient& gradient, WorkspaceState& state,
                          const SparseGradientImpl& sparse, Stream stream) const {
  check_computed(state, *this);
  check_gradient(gradient, state, backend.impl());
  const TrainingArgs args = training_args(state);
  sparse.check_of(*this, args.shape.values);
  backend.impl().check_stream(stream);
  state.last_used = stream;
  group(state, args, backend.impl(), stream);
  backend.impl().sum_gradients(args, {gradient.data, gradient.type}, sparse.rows(), stream);
}

void LayerImpl::weight_gradients(std::string_view name, const Outputs& outputs,
                                 const OutputGradient& gradient, WorkspaceState& state, float* out,
                                 Stream stream) const {
  check_computed(state, *this);
  check_gradient(gradient, state, backend.impl());
  const LayerArgs args = layer_args(outputs, state);
  const auto found = std::find(columns.names.begin(), columns.names.end(), name);
  const auto c = static_cast<std::size_t>(found - columns.names.begin());
  if (found == columns.names.end() || !columns.data[c].table.weighted) {
    throw InvalidArgument(
        concat("name: got '", name, "', expected the full name of a weighted column"));
  }
  const auto check = [&](const char* what, const void* memory, FloatType type) {
    if (memory == nullptr) throw InvalidArgument(concat(what, ": got null"));
    check_memory(what, memory, type, backend.impl());
  };
  if (state.plan.capacity.steps > 0) check("outputs: values", args.values, args.values_type);
  if (state.plan.capacity.tokens > 0) check("out", out, FloatType::float32);
  backend.impl().check_stream(stream);
  state.last_used = stream;
  backend.impl().weight_gradients(
      args, {static_cast<std::int32_t>(c), {gradient.data, gradient.type}, out}, stream);
}

}  // namespace detail

void SequenceFeatures::prepare_update(Workspace& workspace, Stream stream) const {
  impl_->prepare_update(workspace.state(), stream);
}

void SequenceFeatures::update(const OutputGradient& gradient, Workspace& workspace,
                              OptimizerState& state, Stream stream) const {
  impl_->update(gradient, workspace.state(), *state.impl_, stream);
}

void SequenceFeatures::gradients(const OutputGradient& gradient, Workspace& workspace,
                                 SparseGradient& sparse, Stream stream) const {
  impl_->gradients(gradient, workspace.state(), *sparse.impl_, stream);
}

void SequenceFeatures::weight_gradients(std::string_view name, const Outputs& outputs,
                                        const OutputGradient& gradient, Workspace& workspace,
                                        float* out, Stream stream) const {
  impl_->weight_gradients(name, outputs, gradient, workspace.state(), out, stream);
}

}  // namespace seqfeat
