// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/layer.hpp"

#include <algorithm>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/alignment.hpp"
#include "layer/arena.hpp"
#include "layer/batch_state.hpp"
#include "layer/measure.hpp"
#include "layer/output_tensors.hpp"
#include "layer/plan_checks.hpp"
#include "layer/tables.hpp"
#include "layer/workspace_state.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat {

using detail::concat;

struct SequenceFeatures::Impl {
  Impl(std::vector<Column> given, Backend b, const LayerOptions& o)
      : columns(std::move(given)),
        backend(std::move(b)),
        options((check(o), o)),
        rule(PadRule::of(o)),
        names(std::make_shared<const std::vector<std::string>>(columns.names)),
        tables(backend, columns) {}

  [[nodiscard]] detail::LayerShape shape_of(const BatchSizes& capacity, Emit emit) const noexcept {
    detail::LayerShape shape = columns.shape();
    shape.sizes = capacity;
    shape.slots = wants_padding(emit)
                      ? detail::product({capacity.rows, capacity.padded_steps}).value_or(0)
                      : capacity.steps;
    return shape;
  }

  /// `capacity` with as many ids as there can be, where it does not say: each token once for every
  /// column that reads it.
  [[nodiscard]] BatchSizes with_ids(BatchSizes capacity) const {
    if (capacity.ids >= 0) return capacity;
    std::int64_t readers = 0;
    for (const auto& feature : columns.features) readers = std::max(readers, feature.columns);
    capacity.ids = detail::product({readers, capacity.tokens}).value_or(INT64_MAX);
    return capacity;
  }

  /// A bare categorical column has ids and no values; to leave it out of them would say nothing.
  void check_gives_values() const {
    for (const Column& column : columns.columns) {
      if (std::holds_alternative<CategoricalColumn>(column)) {
        throw InvalidArgument(concat("column '", name_of(column),
                                     "': got a bare categorical column where values are asked for; "
                                     "embed it, or ask for ids"));
      }
    }
  }

  [[nodiscard]] Plan plan(const BatchSizes& capacity, Emit emit) const;
  BatchSizes pack(const detail::MeasuredBatch& batch, detail::WorkspaceState& state,
                  Stream stream) const;
  void compute(const Outputs& outputs, detail::WorkspaceState& state, Stream stream) const;

  detail::CompiledColumns columns;
  Backend backend;
  LayerOptions options;
  PadRule rule;
  std::shared_ptr<const std::vector<std::string>> names;
  mutable detail::Tables tables;
};

namespace {

/// True for values of either form.
constexpr bool reads_tables(Emit emit) noexcept {
  return wants_values(emit) || wants_ragged(emit);
}

}  // namespace

Plan SequenceFeatures::Impl::plan(const BatchSizes& capacity, Emit emit) const {
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
  plan.arena_bytes = detail::arena_bytes(columns, capacity);
  if (plan.capacity.ids > INT64_MAX / 64) {
    throw InvalidArgument(
        concat("capacity: the bytes of ", plan.capacity.ids, " ids overflow int64"));
  }
  const detail::OutputTensors tensors = detail::output_tensors(plan.capacity, columns.dim, emit);
  plan.values = tensors.values.count;
  plan.mask = tensors.mask.count;
  plan.ids = tensors.ids.count;
  plan.ragged_values = tensors.ragged_values.count;
  plan.row_offsets = tensors.row_offsets.count;
  const bool on_device = backend.on_device();
  plan.workspace_bytes =
      detail::workspace_layout(on_device, plan.arena_bytes,
                               backend.impl().scratch_bytes(shape_of(plan.capacity, emit)))
          .bytes;
  return plan;
}

BatchSizes SequenceFeatures::Impl::pack(const detail::MeasuredBatch& batch,
                                        detail::WorkspaceState& state, Stream stream) const {
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
  if (state.names != names)
    detail::check_plan(state.plan, plan(state.plan.capacity, state.plan.emit));
  detail::check_capacity(batch.sizes, state.plan);
  detail::Arena& arena = state.next_arena();
  state.last_used = stream;
  std::byte* target = state.arena_target(arena);
  auto* host = arena.memory.as<std::byte>();
  const std::int64_t used = detail::fill_arena(
      columns, rule, batch,
      foreign || wants_padding(state.plan.emit) ? detail::Layout::padded : detail::Layout::ragged,
      detail::needs_wide_offsets(state.plan.capacity), !backend.on_device(), host, target);
  if (backend.on_device()) {
    backend.copy(target, host, used, stream);
    arena.copied->record(stream);
  }
  state.header = reinterpret_cast<detail::BatchHeader*>(target);
  state.foreign = foreign;
  state.nested = std::any_of(
      batch.features.begin(), batch.features.end(),
      [](const detail::MeasuredFeature& feature) { return !feature.view.step_offsets.absent(); });
  state.names = names;
  return batch.sizes;
}

void SequenceFeatures::Impl::compute(const Outputs& outputs, detail::WorkspaceState& state,
                                     Stream stream) const {
  if (state.header == nullptr) throw InvalidArgument("workspace: nothing was packed into it yet");
  if (state.names != names) {
    throw InvalidArgument("workspace: another layer packed into it; compute with that one");
  }
  if (outputs.lengths == nullptr && state.plan.capacity.rows > 0) {
    throw InvalidArgument("outputs: lengths is null");
  }
  detail::check_planned(outputs, state.plan.emit);
  void* const values = wants_ragged(state.plan.emit) ? outputs.ragged_values : outputs.values;
  if (values != nullptr) check_gives_values();
  detail::check_alignment("outputs: values", values, outputs.type);
  backend.impl().check_stream(stream);
  detail::LayerArgs args;
  args.shape = shape_of(state.plan.capacity, state.plan.emit);
  args.shape.foreign = state.foreign;
  args.shape.nested = state.nested;
  args.rule = rule;
  args.too_long_is_fault = options.truncation == Truncation::error;
  args.columns = tables.data();
  args.groups = tables.groups();
  args.header = state.header;
  args.values = values;
  args.values_type = outputs.type;
  args.lengths = outputs.lengths;
  args.row_offsets = outputs.row_offsets;
  args.mask = outputs.mask;
  args.ids = outputs.ids;
  args.scratch = state.scratch();
  state.last_used = stream;
  backend.impl().sequence_features(args, stream);
}

SequenceFeatures::SequenceFeatures(std::vector<Column> columns, const Backend& backend,
                                   const LayerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(columns), backend, options)) {}
SequenceFeatures::SequenceFeatures(SequenceFeatures&&) noexcept = default;
SequenceFeatures& SequenceFeatures::operator=(SequenceFeatures&&) noexcept = default;
SequenceFeatures::~SequenceFeatures() = default;

void SequenceFeatures::bind(std::string_view column, const TableView& table) {
  impl_->tables.bind(impl_->columns.find(column), table);
}

TableView SequenceFeatures::table(std::string_view column) const {
  const std::size_t index = impl_->columns.find(column);
  if (!std::holds_alternative<EmbeddingColumn>(impl_->columns.columns[index])) {
    throw InvalidArgument(concat("column '", column, "' has no table; only embedding columns do"));
  }
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

Plan SequenceFeatures::plan(const BatchSizes& capacity, Emit emit) const {
  return impl_->plan(capacity, emit);
}

Batch SequenceFeatures::operator()(const Features& features, Emit emit) const {
  return *(*this)(features, emit, [](const Plan&) { return true; });
}

std::optional<Batch> SequenceFeatures::operator()(
    const Features& features, Emit emit, const std::function<bool(const Plan&)>& admit) const {
  if (reads_tables(emit)) impl_->check_gives_values();
  const Stream stream = impl_->backend.impl().own_stream();
  detail::MeasuredBatch measured;
  detail::measure(impl_->columns, impl_->options, features, measured);
  const BatchSizes& sizes = measured.sizes;
  const Plan plan = impl_->plan(sizes, emit);
  if (!admit(plan)) return std::nullopt;
  auto batch = detail::make_batch(
      impl_->backend, detail::output_tensors(sizes, impl_->columns.dim, emit), sizes, stream);
  if (reads_tables(emit)) impl_->tables.complete();
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
  if (reads_tables(workspace.plan().emit)) impl_->tables.complete();
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
