// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "layer/number_steps.hpp"
#include "seqfeat/error.hpp"
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
  return seqfeat_ragged_from_sparse_numbers(values, indices, shape, rank, 1, key, out);
}

seqfeat_status seqfeat_ragged_from_sparse_numbers(const seqfeat_values* values,
                                                  const int64_t* indices, const int64_t* shape,
                                                  int64_t rank, int64_t values_per_step,
                                                  const char* key, seqfeat_ragged** out) {
  return guarded([&] {
    require(key, "key");
    require(out, "out");
    const seqfeat::ValuesView view = to_values(values);
    seqfeat::validate(view, key);
    const auto dense_shape = shape_of(shape, rank);
    const auto count = static_cast<std::size_t>(view.count) * dense_shape.size();
    if (count > 0) require(indices, "indices");
    *out = owning(seqfeat::from_sparse(view, {indices, count}, dense_shape, key, values_per_step));
  });
}

seqfeat_status seqfeat_ragged_steps_of_numbers(const seqfeat_ragged_view* view, int64_t numbers,
                                               const char* key, seqfeat_ragged** out) {
  return guarded([&] {
    require(key, "key");
    require(out, "out");
    const seqfeat::RaggedView flat = seqfeat::abi::to_view(view);
    if (numbers < 1) throw seqfeat::InvalidArgument("numbers: expected at least 1");
    if (flat.location == seqfeat::Location::device) {
      throw seqfeat::InvalidArgument("view: it is on a device, expected the host's memory");
    }
    seqfeat::validate(flat, key);
    if (!seqfeat::detail::may_be_flat(flat, numbers)) {
      *out = new seqfeat_ragged{flat, nullptr};
      return;
    }
    struct Memory {
      std::vector<std::int64_t> rows;
      std::vector<std::int64_t> steps;
    };
    const auto memory = std::make_shared<Memory>();
    const seqfeat::RaggedView made =
        seqfeat::detail::steps_of_numbers(flat, numbers, memory->rows, memory->steps);
    *out = new seqfeat_ragged{made, memory};
  });
}
