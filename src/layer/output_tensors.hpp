// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "seqfeat/batch.hpp"

// What a layer may be asked for, as tensors: a plan takes their sizes from here, a batch its
// memory, and messages their names.

namespace seqfeat::detail {

/// Whether `emit` reads tables: values of either form.
[[nodiscard]] constexpr bool reads_tables(Emit emit) noexcept {
  return wants_values(emit) || wants_ragged(emit);
}

/// One tensor; of no elements if nobody asked for it.
struct OutputTensor {
  std::string_view name;
  std::string_view type;
  std::array<std::int64_t, 3> shape{};
  std::size_t rank = 0;
  std::int64_t count = 0;  ///< Elements.
  std::int64_t bytes = 0;

  /// "values [2, 3, 4] of float32"
  [[nodiscard]] std::string text() const;
};

struct OutputTensors {
  OutputTensor values;
  OutputTensor ragged_values;
  OutputTensor lengths;
  OutputTensor row_offsets;
  OutputTensor mask;
  OutputTensor ids;

  /// Throws OutOfMemory, naming the tensors, the shapes and the bytes, if the host has no room for
  /// them. Allocates nothing.
  void require_host_memory() const;
};

/// The tensors of `emit` for batches up to `capacity`, with `dim` = sum D float32 values a step.
///
/// Throws   InvalidArgument naming the tensor whose bytes overflow int64, or if `emit` has both
///          forms of values.
[[nodiscard]] OutputTensors output_tensors(const BatchSizes& capacity, std::int64_t dim, Emit emit);

}  // namespace seqfeat::detail
