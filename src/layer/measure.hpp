// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "layer/compiled_columns.hpp"
#include "layer/crossed_steps.hpp"
#include "seqfeat/features.hpp"
#include "seqfeat/layer_options.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::detail {

/// One feature of a batch, checked, and what is kept of it.
struct MeasuredFeature {
  RaggedView view;
  bool exact = false;           ///< All its steps are kept.
  std::vector<StepRange> runs;  ///< On the host: the kept steps, neighbours as one run.
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  std::int64_t bytes = 0;
  /// Of numbers that come in flat rows, and of a cross: the steps that are made of them. `view`
  /// points here.
  std::vector<std::int64_t> row_offsets;
  std::vector<std::int64_t> step_offsets;

  /// Goes back to nothing measured, of another batch; memory is kept.
  void begin(const RaggedView& batch) {
    view = batch;
    exact = false;
    runs.clear();
    steps = tokens = bytes = 0;
  }
};

/// A batch before it is packed.
struct MeasuredBatch {
  Location location = Location::host;
  BatchSizes sizes;
  std::vector<MeasuredFeature> features;  ///< Those that are read, then the crossed ones.
  Operands operands;                      ///< Of the cross that is made.
};

/// Enters the operands of a cross; `view_of(f)` is the view of feature f.
template <class ViewOf>
void enter_operands(const CompiledColumns& columns, const CrossedFeature& cross,
                    const ViewOf& view_of, Operands& operands) {
  operands.clear();
  for (const std::size_t f : cross.operands) operands.add(columns.features[f].key, view_of(f));
}

/// Finds the features of `columns`, checks types, offsets (on the host), batch sizes, lengths,
/// ids (on the host), makes the steps of crosses, and measures the batch.
///
/// Memory   Allocates nothing if `batch` has measured one of these columns that was as large.
/// Throws   As `SequenceFeatures::operator()`.
void measure(const CompiledColumns& columns, const LayerOptions& options, const Features& features,
             MeasuredBatch& batch);

}  // namespace seqfeat::detail
