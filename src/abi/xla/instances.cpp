// SPDX-License-Identifier: Apache-2.0
#include "abi/xla/instances.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::xla {
namespace {

using detail::concat;

constexpr std::size_t kMostIdle = 16;

/// What a workspace has to be planned for.
BatchSizes sizes_of(const SequenceFeatures& layer, const PackedLayout& layout) {
  const auto times = [](std::int64_t size, std::int64_t count) {
    if (const auto product = detail::product({size, count})) return *product;
    throw InvalidArgument("capacity: the sizes of all features together overflow int64");
  };
  const PackedCapacity& capacity = layout.capacity();
  return {.rows = capacity.rows,
          .steps = capacity.steps,
          .tokens = times(capacity.values, layout.features()),
          .bytes = times(capacity.bytes, layout.features()),
          .padded_steps = padded_steps(layer.options(), 0),
          .ids = times(capacity.values, std::ssize(layer.columns()))};
}

/// The backward pass wants no output; the mask in its plan says that the gradient is padded.
Plan plan_of(const SequenceFeatures& layer, const PackedLayout& layout, bool trains) {
  return layer.plan(sizes_of(layer, layout), trains ? Emit::ids | Emit::mask : Emit::values,
                    {.trains = trains});
}

Spec spec_of(std::string_view json) {
  Spec spec = parse_spec(json);
  if (spec.options.padding == Padding::max_length) return spec;
  throw InvalidArgument(
      "spec: padding is 'longest', expected 'max_length': the shape of a compiled program's arrays "
      "is known before the batch");
}

}  // namespace

Instance::Instance(const Purpose& purpose, const Backend& backend)
    : Instance(purpose, backend, spec_of(purpose.spec)) {}

Instance::Instance(const Purpose& purpose, const Backend& backend, Spec spec)
    : purpose_(purpose),
      layer_(std::move(spec.columns), backend, spec.options),
      padded_steps_(seqfeat::padded_steps(spec.options, 0)),
      layout_(layer_.columns(), purpose_.capacity),
      workspace_(backend, plan_of(layer_, layout_, purpose_.trains), purpose_.stream) {
  std::set<std::string> named;
  for (const Column& column : layer_.columns()) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding != nullptr && named.insert(embedding->table()).second) {
      embeddings_.push_back(*embedding);
    }
  }
  if (!purpose_.trains) return;
  const std::int64_t rows = purpose_.capacity.rows;
  lengths_ = Buffer(backend.memory(), rows * 8, purpose_.stream);
  ids_ = Buffer(backend.memory(), workspace_.plan().ids * 8, purpose_.stream);
}

Instance::~Instance() {
  if (!layer_.backend().on_device()) return;
  try {
    layer_.backend().synchronize(purpose_.stream);
  } catch (const std::exception&) {
    return;  // the device failed, and the caller of the next call is told so
  }
}

bool Instance::is_bound_to(const std::vector<TableView>& tables) const noexcept {
  return std::equal(bound_.begin(), bound_.end(), tables.begin(), tables.end(),
                    [](const TableView& a, const TableView& b) {
                      return a.data == b.data && a.type == b.type && a.rows == b.rows &&
                             a.dim == b.dim;
                    });
}

TableView Instance::apart(std::size_t index, const std::vector<TableView>& tables) {
  const TableView& table = tables[index];
  const auto trained = [&](std::size_t i) { return embeddings_[i].options().trainable; };
  std::size_t other = 0;
  while (other < index && !(trained(other) && tables[other].data == table.data)) ++other;
  if (!purpose_.trains || !trained(index) || other == index) return table;
  const std::int64_t bytes = table.rows * table.dim * size_of(table.type);
  Buffer& copy = copies_[index];
  if (copy.size_bytes() != bytes) {
    copy = Buffer(layer_.backend().memory(), bytes, purpose_.stream);
  }
  layer_.backend().copy(copy.data(), table.data, bytes, purpose_.stream);
  TableView moved = table;
  moved.data = copy.data();
  return moved;
}

// Layers take columns of one address for columns of one table. Here each has its own, and XLA may
// keep equal ones in one place.
void Instance::bind(const std::vector<TableView>& tables) {
  if (tables.size() != embeddings_.size()) {
    throw InvalidArgument(concat("tables: got ", tables.size(), ", expected ", embeddings_.size()));
  }
  const bool same = is_bound_to(tables);
  if (!same && layer_.backend().on_device()) layer_.backend().synchronize(purpose_.stream);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const TableView table = apart(i, tables);
    if (!same) layer_.bind(embeddings_[i].table(), table);
  }
  bound_ = tables;
}

Features Instance::features_of(const std::byte* batch) const {
  return layer_.backend().on_device() ? layout_.on_device(batch) : layout_.on_host(batch);
}

void Instance::forward(const std::byte* batch, const Outputs& outputs) {
  const Features features = features_of(batch);
  layer_(features, outputs, workspace_, purpose_.stream);
}

const SparseGradient& Instance::backward(const std::byte* batch, const float* gradient) {
  const Features features = features_of(batch);
  layer_(features, {.lengths = lengths_.as<std::int64_t>(), .ids = ids_.as<std::int64_t>()},
         workspace_, purpose_.stream);
  if (!gradient_) gradient_.emplace(layer_, workspace_.plan().capacity, purpose_.stream);
  layer_.gradients({gradient}, workspace_, *gradient_, purpose_.stream);
  return *gradient_;
}

Instances& Instances::all() {
  static Instances& instances = *new Instances;
  return instances;
}

Backend Instances::backend_of(int ordinal) {
  const auto known = backends_.find(ordinal);
  if (known != backends_.end()) return known->second;
  const Backend made = ordinal < 0 ? Backend::cpu() : Backend::cuda(ordinal);
  return backends_.emplace(ordinal, made).first->second;
}

std::unique_ptr<Instance> Instances::take(const Purpose& purpose,
                                          const std::vector<TableView>& tables) {
  const auto fits = [&](const auto& instance) { return instance->purpose() == purpose; };
  const auto bound = [&](const auto& instance) {
    return fits(instance) && instance->is_bound_to(tables);
  };
  std::unique_lock lock(mutex_);
  auto found = std::find_if(idle_.rbegin(), idle_.rend(), bound);
  if (found == idle_.rend()) found = std::find_if(idle_.rbegin(), idle_.rend(), fits);
  if (found != idle_.rend()) {
    std::unique_ptr<Instance> instance = std::move(*found);
    idle_.erase(std::next(found).base());
    return instance;
  }
  const Backend backend = backend_of(purpose.ordinal);
  lock.unlock();
  return std::make_unique<Instance>(purpose, backend);
}

void Instances::give_back(std::unique_ptr<Instance> instance) {
  std::unique_ptr<Instance> dropped;  // behind the lock
  const std::lock_guard lock(mutex_);
  if (idle_.size() == kMostIdle) {
    dropped = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(instance));
}

}  // namespace seqfeat::xla
