// SPDX-License-Identifier: Apache-2.0
#include "cuda/training.hpp"

#include "backend/memory_cursor.hpp"
#include "cuda/sort.hpp"
#include "seqfeat/memory.hpp"

// The memory of the training ops, one array behind another. For each value 28 bytes and what the
// sort wants, which is 8 more and a little for each of its tiles; of keys of 64 bits 36 and 12.

namespace seqfeat::cuda {

TrainingLayout lay_out_training(const detail::TrainingShape& shape, void* scratch) {
  const std::int64_t values = shape.values;
  const bool wide = key_bits(shape) > 32;
  const std::int64_t key_bytes = values * (wide ? 8 : 4);
  const std::int64_t parts = values > kPart ? first_part_of(values) + 1 : 0;
  detail::MemoryCursor<Buffer::kAlignment> cursor(scratch);
  TrainingMemory memory;
  memory.places = cursor.take<std::int64_t>(values);
  memory.scales = cursor.take<float>(values);
  memory.keys = {cursor.take_bytes(key_bytes), wide};
  memory.numbers = cursor.take<std::uint32_t>(values);
  memory.sorted_keys = {cursor.take_bytes(key_bytes), wide};
  memory.sorted_numbers = cursor.take<std::uint32_t>(values);
  memory.place_bits = cursor.take<std::uint64_t>(1);
  memory.part_pitch = (shape.widest + 3) / 4 * 4;
  memory.part_sums = cursor.take<float>(parts * memory.part_pitch);
  memory.runs_before = cursor.take<std::int64_t>((values + kPositions - 1) / kPositions);
  memory.first_runs = cursor.take<std::int64_t>(shape.tables + std::int64_t{1});
  memory.sorting = cursor.take_bytes(0);
  return {memory, cursor.used()};
}

std::int64_t training_scratch_bytes(const detail::TrainingShape& shape) {
  return lay_out_training(shape, nullptr).bytes + sort_bytes({shape.values, key_bits(shape)});
}

void enqueue_sort(const detail::TrainingArgs& args, Stream stream) {
  const TrainingMemory memory = lay_out_training(args.shape, args.scratch).memory;
  sort_pairs({args.shape.values, key_bits(args.shape)},
             {memory.keys, memory.numbers, memory.sorted_keys, memory.sorted_numbers},
             memory.sorting, stream);
}

}  // namespace seqfeat::cuda
