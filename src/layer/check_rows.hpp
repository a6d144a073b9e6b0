// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "layer/compiled_columns.hpp"
#include "layer/measure.hpp"
#include "seqfeat/layer_options.hpp"
#include "seqfeat/ragged.hpp"

namespace seqfeat::detail {

// What is checked of features on the host. Each function throws DataError naming the first row that
// is wrong.

/// The kept steps of all rows, which are the same in every feature.
struct Kept {
  std::int64_t longest = 0;  ///< Of a row.
  std::int64_t steps = 0;
};

/// Checks that rows have equal lengths in all columns, and none too long.
[[nodiscard]] Kept check_lengths(const CompiledColumns& columns, const LayerOptions& options,
                                 const std::vector<MeasuredFeature>& features, std::int64_t rows);

/// Checks that steps have as many weights as values.
void check_weights(const CompiledColumns& columns, const std::vector<MeasuredFeature>& features,
                   std::int64_t rows);

/// Refuses the first of `steps` that has more numbers than the column's shape.
void check_numbers_of_steps(const FeatureSource& source, const RaggedView& view, StepRange steps);

/// Refuses the first value of `steps` whose id is past the end of the table of column `c`.
void check_ids(const CompiledColumns& columns, std::size_t c, const RaggedView& view,
               StepRange steps);

/// All of it for one row of features as they came in, which stand in the order of
/// `columns.features`. Returns the row's length.
std::int64_t check_row(const CompiledColumns& columns, const LayerOptions& options,
                       std::span<const RaggedView> features, std::int64_t row);

}  // namespace seqfeat::detail
