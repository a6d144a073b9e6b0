// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/ragged.hpp"

// Ways to make a ragged batch. Flat offsets and bytes need none of them: fill in a RaggedView.

namespace seqfeat {

/// One value a step: `rows[b][t]`. Strings, integers of every width, floats and doubles.
[[nodiscard]] Ragged from_rows(const std::vector<std::vector<std::string>>& rows);
template <class Number>
[[nodiscard]] Ragged from_rows(const std::vector<std::vector<Number>>& rows);

/// Several values a step: `rows[b][t][i]`; an empty step is a hole.
[[nodiscard]] Ragged from_nested_rows(
    const std::vector<std::vector<std::vector<std::string>>>& rows);
template <class Number>
[[nodiscard]] Ragged from_nested_rows(const std::vector<std::vector<std::vector<Number>>>& rows);

/// Values that stand one behind the other: strings as `byte_offsets` [N + 1] into `data`, integers
/// of any width and floats as `data`. Nothing is copied.
struct ValuesView {
  DType dtype = DType::string;
  const void* data = nullptr;
  Offsets byte_offsets;
  std::int64_t count = 0;
  std::int64_t bytes = 0;
};

/// Checks counts, pointers, and that strings lie inside their bytes in order.
///
/// Throws   InvalidArgument naming `key` and the member; DataError naming the value and its offset.
void validate(const ValuesView& values, std::string_view key);

/// From a dense array of `shape` [B], [B, T] or [B, T, …]: trailing dimensions are folded into one.
/// The empty string, -1, and an unsigned type's maximum are missing cells, as TensorFlow has it:
/// they leave a hole, and a row ends with its last cell that is not missing. Of floats none is.
///
/// Throws   InvalidArgument naming `key` for rank 0, a negative dimension, or another size.
[[nodiscard]] Ragged from_dense(const ValuesView& values, std::span<const std::int64_t> shape,
                                std::string_view key = "dense");

/// From TensorFlow's sparse form: `indices` [N, rank], `dense_shape` [rank], rank >= 1; row-major
/// order is not needed between rows, values of a step keep the order in which they stand. For a
/// numeric column `values_per_step` is the product of its shape, and of rank 2 as many neighbouring
/// cells are a step; they are given without gaps.
///
/// Throws   InvalidArgument if sizes disagree, rank is 0 or a dimension is negative; DataError
///          naming the index that lies outside `dense_shape`, or `dense_shape[1]` if it is no
///          multiple of `values_per_step`.
[[nodiscard]] Ragged from_sparse(const ValuesView& values, std::span<const std::int64_t> indices,
                                 std::span<const std::int64_t> dense_shape,
                                 std::string_view key = "sparse", std::int64_t values_per_step = 1);

}  // namespace seqfeat
