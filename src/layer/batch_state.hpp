// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <vector>

#include "layer/compiled_columns.hpp"
#include "layer/output_tensors.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::detail {

/// One output: its memory on the backend and, once asked for, on the host.
template <class T>
struct OutputMemory {
  Buffer memory;
  std::int64_t count = 0;
  std::vector<T> on_host;  // only of a device's memory
};

struct BatchState {
  explicit BatchState(Backend b) : backend(std::move(b)) {}

  Backend backend;
  BatchSizes sizes;
  std::int64_t dim = 0;
  Outputs outputs;
  OutputMemory<float> values;
  OutputMemory<float> ragged_values;
  OutputMemory<std::int64_t> lengths;
  OutputMemory<std::int64_t> row_offsets;
  OutputMemory<std::uint8_t> mask;
  OutputMemory<std::int64_t> ids;
  std::vector<ColumnIds> column_ids;
  std::mutex mutex;  // guards the copies to the host
};

/// Allocates the tensors of a batch of these sizes. Throws OutOfMemory, naming the tensor, its
/// shape and the bytes, before it allocates host memory that the machine does not have.
[[nodiscard]] std::shared_ptr<BatchState> make_batch(const Backend& backend,
                                                     const OutputTensors& tensors,
                                                     const BatchSizes& sizes, Stream stream);

/// Sorts the ids of a batch by column, without steps that are not kept. `header` and what it points
/// to are in the backend's memory, `header_bytes` long; waits.
void collect_ids(BatchState& batch, const CompiledColumns& columns, PadRule rule,
                 const BatchHeader* header, Stream stream);

}  // namespace seqfeat::detail
