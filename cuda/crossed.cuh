// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/validate.cuh"
#include "seqfeat/modulo.hpp"

// Crosses of features that come from a device: what of them no other column's check looks at. The
// kernel that makes ids of any source does it, for it has registers to spare.

namespace seqfeat::cuda {

/// Looks at the features that a column crosses as at its own, and whether its steps have as many
/// values as theirs cross, a step a lane.
__device__ inline void check_operands(const detail::BatchFeature* features,
                                      const detail::ColumnData& column, std::int64_t row,
                                      std::int64_t rows, const Report& report) {
  const detail::BatchFeature& feature = features[column.feature];
  const auto* const cross = reinterpret_cast<const detail::Cross*>(column.source.data);
  const std::int32_t* const operands = detail::operands_of(cross);
  std::int64_t steps = detail::given_steps(feature.view, row).count;
  for (std::int64_t k = 0; k < cross->operands; ++k) {
    const RaggedView& view = features[operands[k]].view;
    check_steps(view, row, rows, INT64_MAX, report);
    const std::int64_t given = detail::given_steps(view, row).count;
    if (given > steps) steps = given;
    if (!detail::same_steps(features[operands[0]].view, view, row))
      report(0, detail::Fault::length);
  }
  for (std::int64_t i = threadIdx.x % 32; i < steps; i += 32) {
    const auto expected =
        static_cast<std::uint64_t>(detail::values_in_row(feature.view, row, i).count);
    std::uint64_t product = 1;
    bool fits = true;
    for (std::int64_t k = 0; k < cross->operands && product > 0; ++k) {
      const auto count = static_cast<std::uint64_t>(
          detail::values_in_row(features[operands[k]].view, row, i).count);
      fits = count == 0 || (fits && multiply_high(product, count) == 0);
      product *= count;
    }
    if (!fits || product != expected) report(i, detail::Fault::cross_size);
  }
}

/// Looks at all crosses of `rows` rows, a row a warp, and on by as many as there are.
__device__ inline void check_crosses(detail::BatchHeader* header, const detail::ColumnData* columns,
                                     std::int64_t rows) {
  if (rows > header->sizes.rows) rows = header->sizes.rows;
  const detail::BatchFeature* const features = detail::features_of(header);
  const std::int64_t warps = std::int64_t{gridDim.x} * kWarps;
  for (std::int64_t row = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32; row < rows;
       row += warps) {
    for (std::int32_t c = 0; c < header->columns; ++c) {
      if (columns[c].source.kind != IdKind::crossed) continue;
      check_operands(features, columns[c], row, rows, Report(header, c, row));
    }
  }
}

}  // namespace seqfeat::cuda
