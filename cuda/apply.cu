// SPDX-License-Identifier: Apache-2.0
#include "cuda/launch.cuh"
#include "cuda/training.hpp"
#include "seqfeat/memory.hpp"

// A gradient that was summed already becomes sorted contributions, each a run of its own, so that
// the update kernels take it as any other.

namespace seqfeat::cuda {
namespace {

/// A thread looks at row `i` of the capacity. Those behind the count get the key of no row, and so
/// does an id past the end.
///
/// Traffic   An id and 24 bytes a row (28 with wide keys).
__global__ void __launch_bounds__(kThreads)
    applied_rows_kernel(const detail::AppliedRows rows, const TrainingMemory memory,
                        detail::TrainedTable* table) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i == 0) {
    *table = rows.table;
    *memory.place_bits = static_cast<std::uint64_t>(rows.table.dim);
  }
  if (i >= rows.shape.values) return;
  const bool there = i < *rows.rows.count;
  memory.sorted_keys.set(
      i, there ? key_of(rows.shape, rows.table, rows.rows.ids[i]) : rows.shape.keys);
  memory.sorted_numbers[i] = static_cast<std::uint32_t>(i);
  memory.places[i] = i * rows.table.dim;
  memory.scales[i] = 1.0F;
}

}  // namespace

void load_apply_kernels() {
  load_kernel(applied_rows_kernel);
}

void enqueue_apply(const detail::AppliedRows& rows, const detail::UpdateArgs& update,
                   Stream stream) {
  const TrainingMemory memory = lay_out_training(rows.shape, rows.scratch).memory;
  // Keys come sorted, so that the room of unsorted ones is free: every array has 256 bytes at
  // least.
  auto* const table = static_cast<detail::TrainedTable*>(memory.keys.data);
  static_assert(sizeof(detail::TrainedTable) <= Buffer::kAlignment);
  launch("applied_rows_kernel", applied_rows_kernel,
         {(rows.shape.values + kThreads - 1) / kThreads}, stream, rows, memory, table);
  detail::TrainingArgs args;
  args.shape = rows.shape;
  args.tables = table;
  args.scratch = rows.scratch;
  enqueue_update(args, {rows.rows.rows, FloatType::float32}, update, stream);
}

}  // namespace seqfeat::cuda
