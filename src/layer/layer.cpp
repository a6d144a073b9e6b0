// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/layer.hpp"

#include <algorithm>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/alignment.hpp"
#include "layer/arena.hpp"
#include "layer/batch_state.hpp"
#include "layer/layer_impl.hpp"
#include "layer/output_tensors.hpp"
#include "layer/plan_checks.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace detail {

LayerImpl::LayerImpl(std::vector<Column> given, Backend b, const LayerOptions& o)
    : columns(std::move(given)),
      backend(std::move(b)),
      options((check(o), o)),
      rule(PadRule::of(o)),
      names(std::make_shared<const std::vector<std::string>>(columns.names)),
      tables(backend, columns) {}

LayerShape LayerImpl::shape_of(const BatchSizes& capacity, Emit emit) const noexcept {
  LayerShape shape = columns.shape();
  shape.sizes = capacity;
  shape.slots = wants_padding(emit) ? product({capacity.rows, capacity.padded_steps}).value_or(0)
                                    : capacity.steps;
  return shape;
}

/// Each token counts once for every column that reads it.
BatchSizes LayerImpl::with_ids(BatchSizes capacity) const {
  if (capacity.ids >= 0) return capacity;
  std::int64_t readers = 0;
  for (const auto& feature : columns.features) readers = std::max(readers, feature.columns);
  for (const auto& cross : columns.crossed) readers = std::max(readers, cross.columns);
  capacity.ids = product({readers, capacity.tokens}).value_or(INT64_MAX);
  return capacity;
}

/// A bare categorical column has ids and no values; to leave it out of them would say nothing.
void LayerImpl::check_gives_values() const {
  for (const Column& column : columns.columns) {
    if (std::holds_alternative<CategoricalColumn>(column)) {
      throw InvalidArgument(concat("column '", name_of(column),
                                   "': got a bare categorical column where values are asked for; "
                                   "embed it, or ask for ids"));
    }
  }
}

Plan LayerImpl::plan(const BatchSizes& capacity, Emit emit, const PlanOptions& wanted) const {
  for (const auto& [what, size] : {std::pair{"rows", capacity.rows},
                                   {"steps", capacity.steps},
                                   {"tokens", capacity.tokens},
                                   {"bytes", capacity.bytes},
                                   {"padded_steps", capacity.padded_steps}}) {
    if (size < 0)
      throw InvalidArgument(concat("capacity: ", what, " is ", size, ", expected at least 0"));
  }
  Plan plan;
  plan.capacity = with_ids(capacity);
  plan.emit = emit;
  plan.trains = wanted.trains;
  if (plan.trains) require_training(backend.impl());
  plan.arena_bytes = arena_bytes(columns, capacity, plan.trains);
  if (plan.capacity.ids > INT64_MAX / 64) {
    throw InvalidArgument(
        concat("capacity: the bytes of ", plan.capacity.ids, " ids overflow int64"));
  }
  const OutputTensors tensors = output_tensors(plan.capacity, columns.dim, emit);
  plan.values = tensors.values.count;
  plan.mask = tensors.mask.count;
  plan.ids = tensors.ids.count;
  plan.ragged_values = tensors.ragged_values.count;
  plan.row_offsets = tensors.row_offsets.count;
  const WorkspaceLayout layout = workspace_layout(
      backend.on_device(), plan.arena_bytes,
      backend.impl().scratch_bytes(shape_of(plan.capacity, emit)),
      plan.trains ? backend.impl().training_scratch_bytes(training_shape(plan.capacity, emit)) : 0);
  plan.training_offset = layout.training;
  plan.workspace_bytes = layout.bytes;
  return plan;
}

BatchSizes LayerImpl::pack(const MeasuredBatch& batch, WorkspaceState& state, Stream stream) const {
  if (&state.backend.impl() != &backend.impl()) {
    throw InvalidArgument("workspace: it was made for another backend than the layer's");
  }
  if (batch.location == Location::device && !backend.on_device()) {
    throw InvalidArgument("features: they are on a device, and the layer is on the CPU");
  }
  backend.impl().check_stream(stream);
  const bool foreign = batch.location == Location::device;
  if (foreign && wants_ragged(state.plan.emit)) {
    throw InvalidArgument(
        "features: they are on a device, where the steps of a ragged batch are not known to the "
        "host; copy them to the host, or ask for values with padding = max_length");
  }
  if (state.names != names) {
    check_plan(state.plan,
               plan(state.plan.capacity, state.plan.emit, {.trains = state.plan.trains}));
  }
  check_capacity(batch.sizes, state.plan);
  Arena& arena = state.next_arena();
  state.last_used = stream;
  std::byte* target = state.arena_target(arena);
  auto* host = arena.memory.as<std::byte>();
  state.forget_contributions();
  const std::int64_t used =
      fill_arena(columns, rule, batch, state.plan.trains,
                 foreign || wants_padding(state.plan.emit) ? Layout::padded : Layout::ragged,
                 needs_wide_offsets(state.plan.capacity), !backend.on_device(), host, target);
  if (backend.on_device()) {
    backend.copy(target, host, used, stream);
    arena.copied->record(stream);
  }
  state.header = reinterpret_cast<BatchHeader*>(target);
  state.foreign = foreign;
  state.ids = batch.sizes.ids;
  const auto& measured = batch.features;
  state.nested = std::any_of(measured.begin(), measured.end(), [](const auto& feature) {
    return !feature.view.step_offsets.absent();
  });
  state.single = !state.nested &&
                 std::all_of(measured.begin(), measured.end(),
                             [](const auto& feature) { return feature.view.values_per_step == 1; });
  state.names = names;
  return batch.sizes;
}

namespace {

/// Where values go, or stand, of a batch of the plan's form.
void* values_of(const Outputs& outputs, Emit emit) noexcept {
  return wants_ragged(emit) ? outputs.ragged_values : outputs.values;
}

}  // namespace

LayerArgs LayerImpl::layer_args(const Outputs& outputs, const WorkspaceState& state) const {
  LayerArgs args;
  args.shape = shape_of(state.plan.capacity, state.plan.emit);
  args.shape.foreign = state.foreign;
  args.shape.nested = state.nested;
  args.shape.single = state.single;
  args.shape.trains = state.plan.trains;
  args.rule = rule;
  args.too_long_is_fault = options.truncation == Truncation::error;
  args.columns = tables.data();
  args.groups = tables.groups();
  args.header = state.header;
  args.values = values_of(outputs, state.plan.emit);
  args.values_type = outputs.type;
  args.lengths = outputs.lengths;
  args.row_offsets = outputs.row_offsets;
  args.mask = outputs.mask;
  args.ids = outputs.ids;
  args.scratch = state.scratch();
  return args;
}

void LayerImpl::compute(const Outputs& outputs, WorkspaceState& state, Stream stream) const {
  if (state.header == nullptr) throw InvalidArgument("workspace: nothing was packed into it yet");
  if (state.names != names) {
    throw InvalidArgument("workspace: another layer packed into it; compute with that one");
  }
  if (outputs.lengths == nullptr && state.plan.capacity.rows > 0) {
    throw InvalidArgument("outputs: lengths is null");
  }
  check_planned(outputs, state.plan.emit);
  void* const values = values_of(outputs, state.plan.emit);
  if (values != nullptr) check_gives_values();
  check_alignment("outputs: values", values, outputs.type);
  backend.impl().check_stream(stream);
  const LayerArgs args = layer_args(outputs, state);
  state.last_used = stream;
  if (!state.plan.trains) return backend.impl().sequence_features(args, nullptr, stream);
  state.forget_contributions();
  const bool makes_ids = values != nullptr || outputs.ids != nullptr || state.ids == 0;
  const TrainingArgs training = makes_ids ? training_args(state) : TrainingArgs();
  backend.impl().sequence_features(args, makes_ids ? &training : nullptr, stream);
  if (!makes_ids) return;
  state.contributions = Contributions::kept;
}

}  // namespace detail

SequenceFeatures::SequenceFeatures(std::vector<Column> columns, const Backend& backend,
                                   const LayerOptions& options)
    : impl_(std::make_unique<detail::LayerImpl>(std::move(columns), backend, options)) {}
SequenceFeatures::SequenceFeatures(SequenceFeatures&&) noexcept = default;
SequenceFeatures& SequenceFeatures::operator=(SequenceFeatures&&) noexcept = default;
SequenceFeatures::~SequenceFeatures() = default;

void SequenceFeatures::bind(std::string_view name, const TableView& table) {
  impl_->tables.bind(impl_->columns.find_table(name), table);
}

TableView SequenceFeatures::table(std::string_view name) const {
  const std::size_t index = impl_->columns.find_table(name);
  if (impl_->tables.view(index).data == nullptr) impl_->tables.complete();
  return impl_->tables.view(index);
}

const std::vector<Column>& SequenceFeatures::columns() const noexcept {
  return impl_->columns.columns;
}
const std::vector<Slice>& SequenceFeatures::slices() const noexcept {
  return impl_->columns.slices;
}
std::int64_t SequenceFeatures::dim() const noexcept {
  return impl_->columns.dim;
}
const LayerOptions& SequenceFeatures::options() const noexcept {
  return impl_->options;
}
const Backend& SequenceFeatures::backend() const noexcept {
  return impl_->backend;
}

BatchSizes SequenceFeatures::measure(const Features& features) const {
  detail::MeasuredBatch batch;
  detail::measure(impl_->columns, impl_->options, features, batch);
  return batch.sizes;
}

Plan SequenceFeatures::plan(const BatchSizes& capacity, Emit emit,
                            const PlanOptions& options) const {
  return impl_->plan(capacity, emit, options);
}

Batch SequenceFeatures::operator()(const Features& features, Emit emit) const {
  return *(*this)(features, emit, [](const Plan&) { return true; });
}

std::optional<Batch> SequenceFeatures::operator()(
    const Features& features, Emit emit, const std::function<bool(const Plan&)>& admit) const {
  if (detail::reads_tables(emit)) impl_->check_gives_values();
  const Stream stream = impl_->backend.impl().own_stream();
  detail::MeasuredBatch measured;
  detail::measure(impl_->columns, impl_->options, features, measured);
  const BatchSizes& sizes = measured.sizes;
  const Plan plan = impl_->plan(sizes, emit, {});
  if (!admit(plan)) return std::nullopt;
  auto batch = detail::make_batch(
      impl_->backend, detail::output_tensors(sizes, impl_->columns.dim, emit), sizes, stream);
  if (detail::reads_tables(emit)) impl_->tables.complete();
  Workspace workspace(impl_->backend, plan, stream);
  impl_->pack(measured, workspace.state(), stream);
  impl_->compute(batch->outputs, workspace.state(), stream);
  workspace.check(stream);
  if (wants_ids(emit)) {
    detail::collect_ids(*batch, impl_->columns, impl_->rule, workspace.state().header, stream);
  }
  return Batch(std::move(batch));
}

BatchSizes SequenceFeatures::pack(const Features& features, Workspace& workspace,
                                  Stream stream) const {
  const Plan& plan = workspace.plan();
  if (detail::reads_tables(plan.emit) || plan.trains) impl_->tables.complete();
  if (plan.trains) impl_->tables.prepare_training();
  detail::MeasuredBatch& batch = workspace.state().measured;
  detail::measure(impl_->columns, impl_->options, features, batch);
  return impl_->pack(batch, workspace.state(), stream);
}

void SequenceFeatures::compute(const Outputs& outputs, Workspace& workspace, Stream stream) const {
  impl_->compute(outputs, workspace.state(), stream);
}

BatchSizes SequenceFeatures::operator()(const Features& features, const Outputs& outputs,
                                        Workspace& workspace, Stream stream) const {
  const BatchSizes sizes = pack(features, workspace, stream);
  compute(outputs, workspace, stream);
  return sizes;
}

}  // namespace seqfeat
