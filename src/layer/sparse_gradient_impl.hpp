// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "backend/training_ops.hpp"
#include "layer/layer_impl.hpp"
#include "seqfeat/memory.hpp"
#include "seqfeat/training.hpp"

namespace seqfeat::detail {

struct SparseGradientImpl {
  SparseGradientImpl(const LayerImpl& layer, const BatchSizes& capacity, Stream stream);

  /// Throws InvalidArgument unless it was made for the layer as it is now, and for `values` values.
  void check_of(const LayerImpl& layer, std::int64_t values) const;
  /// The tables in the backend's memory.
  [[nodiscard]] const SparseRows* rows() const noexcept;

  const LayerImpl* layer;
  TrainedTables trained;
  std::int64_t values;
  std::vector<SparseTable> tables;
  std::vector<SparseRows> host_rows;
  Buffer memory;
  Buffer device_rows;
};

}  // namespace seqfeat::detail
