// SPDX-License-Identifier: Apache-2.0
#include "pack/values.hpp"

#include <array>

namespace seqfeat {

void validate(const ValuesView& values, std::string_view key) {
  // One row with all values, one a step: the same rules as for a ragged batch.
  const std::array<std::int64_t, 2> row{0, values.count};
  RaggedView view;
  view.row_offsets = offsets_of(row);
  view.byte_offsets = values.byte_offsets;
  view.data = values.data;
  view.value_count = values.count;
  view.bytes = values.bytes;
  view.dtype = values.dtype;
  validate(view, key);
}

namespace detail {

void append_value(Ragged& batch, const ValuesView& values, std::int64_t i) {
  if (!is_integer(values.dtype)) {
    batch.add_value(string_at(values.data, values.byte_offsets, i));
    return;
  }
  const std::int64_t bits = integer_at(values.data, values.dtype, i);
  if (values.dtype == DType::uint64) {
    batch.add_value(static_cast<std::uint64_t>(bits));
  } else {
    batch.add_value(bits);
  }
}

}  // namespace detail
}  // namespace seqfeat
