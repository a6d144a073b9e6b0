// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "layer/alignment.hpp"
#include "layer/layer_impl.hpp"
#include "layer/optimizer_state_impl.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/memory.hpp"
#include "seqfeat/training.hpp"

// A step of an optimizer with sparse gradients that are there already: those that `gradients`
// wrote, which somebody has scaled, or added to those of other batches or other machines.

namespace seqfeat {
namespace detail {
namespace {

/// The place of a trained table.
std::size_t find_table(const TrainedTables& trained, const std::string& name) {
  const auto found = std::find(trained.names.begin(), trained.names.end(), name);
  if (found != trained.names.end()) {
    return static_cast<std::size_t>(found - trained.names.begin());
  }
  throw InvalidArgument(concat("gradient: the layer trains no table '", name, '\''));
}

/// Throws InvalidArgument unless the gradient fits the table. On the host its ids are looked at.
void check_rows(const SparseTable& given, const TrainedTable& table, const BackendImpl& backend) {
  const std::string what = concat("gradient of '", given.table, '\'');
  if (given.dim != table.dim || given.capacity < 0 || given.capacity > kMostContributions) {
    throw InvalidArgument(concat(what, ": got ", given.capacity, " rows of ", given.dim,
                                 ", expected rows of ", table.dim));
  }
  for (const void* pointer :
       {static_cast<const void*>(given.ids), static_cast<const void*>(given.rows),
        static_cast<const void*>(given.count)}) {
    if (pointer == nullptr) throw InvalidArgument(what + ": got null, expected memory");
    if (!backend.can_read(pointer)) {
      throw InvalidArgument(what + ": got memory of the host, expected memory of the device");
    }
  }
  check_alignment(what, given.rows, FloatType::float32);
  if (backend.on_device()) return;
  const std::int64_t count = *given.count;
  if (count < 0 || count > given.capacity) {
    throw InvalidArgument(concat(what, ": got ", count, " ids, expected 0 ... ", given.capacity));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t least = i > 0 ? given.ids[i - 1] + 1 : 0;
    if (given.ids[i] >= least && given.ids[i] < table.rows) continue;
    throw InvalidArgument(concat(what, ": got id ", given.ids[i], " in place ", i,
                                 ", expected distinct ids that ascend, below ", table.rows));
  }
}

}  // namespace

void LayerImpl::apply(std::span<const SparseTable> gradients, OptimizerStateImpl& optimizer,
                      Stream stream) const {
  tables.complete();
  tables.prepare_training();
  optimizer.check_of(*this);
  const TrainedTables& trained = tables.trained();
  std::vector<AppliedRows> steps;
  std::vector<std::size_t> places;
  for (const SparseTable& given : gradients) {
    const std::size_t t = find_table(trained, given.table);
    if (std::find(places.begin(), places.end(), t) != places.end()) {
      throw InvalidArgument(concat("gradient: got two of table '", given.table, "', expected one"));
    }
    AppliedRows step;
    step.table = trained.tables[t];
    if (given.capacity > 0) check_rows(given, step.table, backend.impl());
    step.table.first_key = 0;
    step.table.clips = false;
    step.shape.values = given.capacity;
    step.shape.dim = step.table.dim;
    step.shape.keys = step.table.rows;
    step.shape.widest = step.table.dim;
    step.shape.tables = 1;
    step.rows = {given.ids, given.rows, given.count};
    steps.push_back(step);
    places.push_back(t);
  }
  backend.impl().check_stream(stream);
  optimizer.complete();
  if (!backend.impl().is_capturing(stream)) optimizer.advance(stream);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].shape.values == 0) continue;
    const Buffer scratch(backend.memory(), backend.impl().training_scratch_bytes(steps[i].shape),
                         stream);
    steps[i].scratch = scratch.data();
    UpdateArgs update = optimizer.args();
    update.states += places[i];
    backend.impl().apply(steps[i], update, stream);
  }
}

}  // namespace detail

void SequenceFeatures::apply(std::span<const SparseTable> gradients, OptimizerState& state,
                             Stream stream) const {
  impl_->apply(gradients, *state.impl_, stream);
}

}  // namespace seqfeat
