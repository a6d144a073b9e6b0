// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/training_ops.hpp"
#include "layer/compiled_columns.hpp"
#include "layer/measure.hpp"
#include "layer/tables.hpp"
#include "layer/workspace_state.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/pad.hpp"

// What a layer is made of. layer.cpp has the forward pass, train.cpp the backward one.

namespace seqfeat::detail {

struct OptimizerStateImpl;
struct SparseGradientImpl;

struct LayerImpl {
  LayerImpl(std::vector<Column> given, Backend b, const LayerOptions& o);

  [[nodiscard]] LayerShape shape_of(const BatchSizes& capacity, Emit emit) const noexcept;
  /// `capacity` with as many ids as there can be, where it does not say.
  [[nodiscard]] BatchSizes with_ids(BatchSizes capacity) const;
  /// Throws InvalidArgument if a column has ids only.
  void check_gives_values() const;

  [[nodiscard]] Plan plan(const BatchSizes& capacity, Emit emit, const PlanOptions& wanted) const;
  BatchSizes pack(const MeasuredBatch& batch, WorkspaceState& state, Stream stream) const;
  void compute(const Outputs& outputs, WorkspaceState& state, Stream stream) const;
  /// What ops over the batch in `state` are given.
  [[nodiscard]] LayerArgs layer_args(const Outputs& outputs, const WorkspaceState& state) const;

  // Training.

  /// The shape of all training ops over batches up to `capacity`, whose ids are counted. While
  /// planning, tables that columns share are not known to be shared: each column counts.
  [[nodiscard]] TrainingShape training_shape(const BatchSizes& capacity, Emit emit) const;
  [[nodiscard]] TrainingArgs training_args(const WorkspaceState& state) const;
  void prepare_update(WorkspaceState& state, Stream stream) const;
  void update(const OutputGradient& gradient, WorkspaceState& state, OptimizerStateImpl& optimizer,
              Stream stream) const;
  void gradients(const OutputGradient& gradient, WorkspaceState& state,
                 const SparseGradientImpl& sparse, Stream stream) const;
  void weight_gradients(std::string_view name, const Outputs& outputs,
                        const OutputGradient& gradient, WorkspaceState& state, float* out,
                        Stream stream) const;
  void apply(std::span<const SparseTable> gradients, OptimizerStateImpl& optimizer,
             Stream stream) const;

  CompiledColumns columns;
  Backend backend;
  LayerOptions options;
  PadRule rule;
  std::shared_ptr<const std::vector<std::string>> names;
  mutable Tables tables;
};

}  // namespace seqfeat::detail
