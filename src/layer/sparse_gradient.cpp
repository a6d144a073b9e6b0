// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/sparse_gradient_impl.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace detail {
namespace {

/// Bytes of a buffer that begins where another one may.
std::int64_t padded(std::optional<std::int64_t> bytes, const SparseTable& table) {
  if (bytes) bytes = round_up(*bytes, Buffer::kAlignment);
  if (bytes) return *bytes;
  throw InvalidArgument(concat("capacity: the sparse gradient of '", table.table, "', ",
                               table.capacity, " rows of ", table.dim, ", overflows int64"));
}

}  // namespace

SparseGradientImpl::SparseGradientImpl(const LayerImpl& of, const BatchSizes& capacity,
                                       Stream stream)
    : layer(&of) {
  require_training(of.backend.impl());
  of.tables.complete();
  of.tables.prepare_training();
  trained = of.tables.trained();
  values = of.training_shape(of.with_ids(capacity), Emit::ids).values;
  std::int64_t bytes = 0;
  std::vector<std::array<std::int64_t, 3>> places;
  const auto take = [&](std::int64_t size) {
    const std::int64_t at = bytes;
    if (__builtin_add_overflow(bytes, size, &bytes)) {
      throw InvalidArgument("capacity: the sparse gradients of all tables overflow int64");
    }
    return at;
  };
  for (std::size_t t = 0; t < trained.tables.size(); ++t) {
    SparseTable table{trained.names[t], trained.tables[t].dim,
                      std::min(values, trained.tables[t].rows)};
    const std::int64_t ids = padded(product({table.capacity, 8}), table);
    const std::int64_t rows = padded(product({table.capacity, table.dim, 4}), table);
    places.push_back({take(ids), take(rows), take(Buffer::kAlignment)});
    tables.push_back(std::move(table));
  }
  memory = Buffer(of.backend.memory(), bytes, stream);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const auto at = [&](std::size_t part) { return memory.as<std::byte>() + places[t].at(part); };
    tables[t].ids = reinterpret_cast<std::int64_t*>(at(0));
    tables[t].rows = reinterpret_cast<float*>(at(1));
    tables[t].count = reinterpret_cast<std::int64_t*>(at(2));
    host_rows.push_back({tables[t].ids, tables[t].rows, tables[t].count});
  }
  if (!of.backend.on_device()) return;
  device_rows = Buffer(of.backend.memory(),
                       static_cast<std::int64_t>(host_rows.size() * sizeof(SparseRows)), stream);
  of.backend.copy(device_rows.data(), host_rows.data(), device_rows.size_bytes(), stream);
  of.backend.synchronize(stream);
}

void SparseGradientImpl::check_of(const LayerImpl& of, std::int64_t most) const {
  if (layer != &of || !same_shapes(trained, of.tables.trained())) {
    throw InvalidArgument("sparse gradient: it was made for another layer, or other tables");
  }
  if (most <= values) return;
  throw InvalidArgument(concat("sparse gradient: it is for ", values,
                               " values, and the workspace's plan for ", most));
}

const SparseRows* SparseGradientImpl::rows() const noexcept {
  return layer->backend.on_device() ? device_rows.as<SparseRows>() : host_rows.data();
}

}  // namespace detail

SparseGradient::SparseGradient(const SequenceFeatures& layer, const BatchSizes& capacity,
                               Stream stream)
    : impl_(std::make_unique<detail::SparseGradientImpl>(*layer.impl_, capacity, stream)) {}
SparseGradient::SparseGradient(SparseGradient&&) noexcept = default;
SparseGradient& SparseGradient::operator=(SparseGradient&&) noexcept = default;
SparseGradient::~SparseGradient() = default;

const std::vector<SparseTable>& SparseGradient::tables() const noexcept {
  return impl_->tables;
}

SparseGradient::OnHost SparseGradient::on_host(std::string_view table, Stream stream) const {
  const auto& tables = impl_->tables;
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const SparseTable& t) { return t.table == table; });
  if (found == tables.end()) {
    throw InvalidArgument(
        detail::concat("sparse gradient: there is no trained table '", table, "'"));
  }
  const Backend& backend = impl_->layer->backend;
  std::int64_t count = 0;
  backend.copy(&count, found->count, sizeof count, stream);
  backend.synchronize(stream);
  OnHost out{std::vector<std::int64_t>(static_cast<std::size_t>(count)),
             std::vector<float>(static_cast<std::size_t>(count * found->dim))};
  backend.copy(out.ids.data(), found->ids, count * 8, stream);
  backend.copy(out.rows.data(), found->rows, count * found->dim * 4, stream);
  backend.synchronize(stream);
  return out;
}

}  // namespace seqfeat
