// SPDX-License-Identifier: Apache-2.0
#include "pack/values.hpp"

namespace seqfeat {

void validate(const ValuesView& values, std::string_view key) {
  const std::array<std::int64_t, 2> row{0, values.count};
  validate(detail::view_of(values, row), key);  // the same rules as for a ragged batch
}

namespace detail {

RaggedView view_of(const ValuesView& values, const std::array<std::int64_t, 2>& row) {
  RaggedView view;
  view.row_offsets = offsets_of(row);
  view.byte_offsets = values.byte_offsets;
  view.data = values.data;
  view.value_count = values.count;
  view.bytes = values.bytes;
  view.dtype = values.dtype;
  return view;
}

void append_value(Ragged& batch, const ValuesView& values, std::int64_t i) {
  if (values.dtype == DType::string) {
    batch.add_value(string_at(values.data, values.byte_offsets, i));
    return;
  }
  if (values.dtype == DType::float64) {
    return batch.add_number(static_cast<const double*>(values.data)[i]);
  }
  if (is_float(values.dtype)) {
    return batch.add_number(double{static_cast<const float*>(values.data)[i]});
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
