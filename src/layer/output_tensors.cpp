// SPDX-License-Identifier: Apache-2.0
#include "layer/output_tensors.hpp"

#include <algorithm>
#include <initializer_list>

#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

OutputTensor tensor(std::string_view name, std::initializer_list<std::int64_t> shape,
                    std::string_view type, std::int64_t element_bytes) {
  OutputTensor made{.name = name, .type = type, .rank = shape.size()};
  std::copy(shape.begin(), shape.end(), made.shape.begin());
  const auto count = product(shape);
  const auto bytes = count ? product({*count, element_bytes}) : count;
  if (!bytes) throw InvalidArgument(made.text() + ": the capacity's bytes overflow int64");
  made.count = *count;
  made.bytes = *bytes;
  return made;
}

}  // namespace

std::string OutputTensor::text() const {
  std::string sizes;
  for (std::size_t i = 0; i < rank; ++i) sizes += concat(i == 0 ? "" : ", ", shape[i]);
  return concat(name, " [", sizes, "] of ", type);
}

void OutputTensors::require_host_memory() const {
  // The question costs what it takes to write some megabytes, which are there if anything is.
  constexpr std::int64_t kAskedFor = std::int64_t{64} << 20;
  const OutputTensor* largest = &values;
  std::int64_t total = 0;
  for (const OutputTensor* each : {&values, &ragged_values, &lengths, &row_offsets, &mask, &ids}) {
    if (each->bytes > largest->bytes) largest = each;
    if (__builtin_add_overflow(total, each->bytes, &total)) total = INT64_MAX;
  }
  if (total < kAskedFor) return;
  detail::require_host_memory(largest->bytes, largest->text());
  detail::require_host_memory(total, largest->text() + " and the other outputs");
}

OutputTensors output_tensors(const BatchSizes& capacity, std::int64_t dim, Emit emit) {
  if (wants_ragged(emit) && wants_padding(emit)) {
    throw InvalidArgument(
        "emit: got ragged together with values or mask, expected one form of values; ask for one "
        "after the other");
  }
  OutputTensors tensors;
  tensors.lengths = tensor("lengths", {capacity.rows}, "int64", 8);
  if (wants_values(emit)) {
    tensors.values = tensor("values", {capacity.rows, capacity.padded_steps, dim}, "float32", 4);
  }
  if (wants_mask(emit))
    tensors.mask = tensor("mask", {capacity.rows, capacity.padded_steps}, "bool", 1);
  if (wants_ragged(emit)) {
    tensors.ragged_values = tensor("ragged_values", {capacity.steps, dim}, "float32", 4);
    tensors.row_offsets = tensor("row_offsets", {capacity.rows + 1}, "int64", 8);
  }
  if (wants_ids(emit)) tensors.ids = tensor("ids", {capacity.ids}, "int64", 8);
  return tensors;
}

}  // namespace seqfeat::detail
