// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>
#include <utility>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "seqfeat/pack.hpp"

using seqfeat::abi::guarded;
using seqfeat::abi::require;
using seqfeat::abi::to_values;

namespace {

seqfeat_ragged* owning(seqfeat::Ragged made) {
  const auto ragged = std::make_shared<const seqfeat::Ragged>(std::move(made));
  return new seqfeat_ragged{ragged->view(), ragged};
}

std::span<const std::int64_t> shape_of(const int64_t* shape, int64_t rank) {
  if (rank > 0) require(shape, "shape");
  return {shape, static_cast<std::size_t>(rank < 0 ? 0 : rank)};
}

}  // namespace

seqfeat_ragged_view seqfeat_ragged_get(const seqfeat_ragged* ragged) {
  return seqfeat::abi::from_view(ragged->view);
}

void seqfeat_ragged_free(seqfeat_ragged* ragged) {
  delete ragged;
}

seqfeat_status seqfeat_ragged_check(const seqfeat_ragged_view* view, const char* key) {
  return guarded([&] {
    require(key, "key");
    seqfeat::RaggedView checked = seqfeat::abi::to_view(view);
    checked.trusted = false;
    seqfeat::validate(checked, key);
  });
}

seqfeat_status seqfeat_ragged_from_dense(const seqfeat_values* values, const int64_t* shape,
                                         int64_t rank, const char* key, seqfeat_ragged** out) {
  return guarded([&] {
    require(key, "key");
    require(out, "out");
    *out = owning(seqfeat::from_dense(to_values(values), shape_of(shape, rank), key));
  });
}

seqfeat_status seqfeat_ragged_from_sparse(const seqfeat_values* values, const int64_t* indices,
                                          const int64_t* shape, int64_t rank, const char* key,
                                          seqfeat_ragged** out) {
  return guarded([&] {
    require(key, "key");
    require(out, "out");
    const seqfeat::ValuesView view = to_values(values);
    seqfeat::validate(view, key);
    const auto dense_shape = shape_of(shape, rank);
    const auto count = static_cast<std::size_t>(view.count) * dense_shape.size();
    if (count > 0) require(indices, "indices");
    *out = owning(seqfeat::from_sparse(view, {indices, count}, dense_shape, key));
  });
}
