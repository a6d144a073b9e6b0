// SPDX-License-Identifier: Apache-2.0
#include "cuda/schedule.hpp"

#include <algorithm>

#include "backend/tuning.hpp"
#include "cuda/bytes.cuh"
#include "cuda/launch.cuh"
#include "seqfeat/memory.hpp"

namespace seqfeat::cuda {
namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

std::int64_t align(std::int64_t bytes) {
  return (bytes + Buffer::kAlignment - 1) & ~(Buffer::kAlignment - 1);
}

/// Whether stores leave no lines in the cache.
bool streams(const Device& device, std::int64_t output_bytes) {
  const std::int64_t wanted = detail::tuned(detail::Knob::streaming_stores);
  return wanted == 2 || (wanted == 1 && output_bytes > device.cache_bytes / 2);
}

}  // namespace

FlatPlan flat_plan(const Device& device, std::int64_t count, std::int64_t least) {
  constexpr std::int64_t kBlocksPerMultiprocessor = 32;
  constexpr std::int64_t kLongest = 32;
  const std::int64_t warps = device.multiprocessors * kBlocksPerMultiprocessor * kWarps;
  const std::int64_t pieces = divide_up(count, least);
  std::int64_t each = std::clamp<std::int64_t>(pieces / warps, 1, kLongest);
  if (each > kTileRounds) each -= each % kTileRounds;  // whole tiles of strings
  const std::int64_t per_warp = least * each;
  return {per_warp, divide_up(divide_up(count, per_warp), kWarps)};
}

LongPlan long_plan(std::int64_t ids, std::int64_t elements) {
  constexpr std::int64_t kMostSlices = 64;
  LongPlan plan;
  plan.pieces = ids > kLongStep ? (ids - 1) / kLongStep : 0;
  plan.slices = std::clamp<std::int64_t>(divide_up(elements, kSliceElements), 1, kMostSlices);
  plan.by_slices = detail::Divisor(plan.slices);
  plan.blocks = divide_up(plan.pieces, kThreads) * plan.slices;
  return plan;
}

SlotPlan slot_plan(const Device& device, const SlotWork& work, const LongPlan& long_steps) {
  // A block's start has a price, so that it gets many slots, but first of all every multiprocessor
  // gets its blocks. The numbers are those of an H200 (docs/h200.md).
  constexpr std::int64_t kBlocksPerMultiprocessor = 3;
  constexpr std::int64_t kFewSlots = 16;
  constexpr std::int64_t kCopiedAtOnce = 8 * kThreads;
  constexpr std::int64_t kAddedByBlock = 64 * kThreads;
  const std::int64_t slot_groups = std::max<std::int64_t>(work.slots * work.groups, 1);
  const std::int64_t fair = slot_groups / (device.multiprocessors * kBlocksPerMultiprocessor);
  const std::int64_t rows = 1 + work.ids / slot_groups;
  const std::int64_t worth =
      work.copies ? std::min(std::max(fair, kFewSlots), work.batches * kCopiedAtOnce / work.vectors)
                  : std::min(fair, std::max(kAddedByBlock / (work.vectors * rows), kFewSlots));
  const std::int64_t wanted = detail::tuned(detail::Knob::slots_per_block);
  const std::int64_t most =
      std::clamp<std::int64_t>(wanted > 0 ? wanted : worth, 1, kMostSegments / work.most_columns);
  std::int64_t size = 1;
  while (size * 2 <= most) size *= 2;
  if (wanted > 0) size = most;
  const std::int64_t chunks = std::max<std::int64_t>(divide_up(work.slots, size), 1);
  return {size,
          chunks,
          chunks * work.groups + long_steps.blocks,
          detail::Divisor(work.groups),
          streams(device, work.output_bytes),
          long_steps};
}

bool copies_rows(const detail::LayerArgs& args) {
  return args.shape.single && args.shape.table_types == detail::type_bit(args.values_type) &&
         !args.shape.clips && !args.shape.weighs && !args.shape.counts &&
         detail::tuned(detail::Knob::copy_kernel) != 0;
}

bool copies_rows(const detail::LookupArgs& args) {
  return args.step_offsets.absent() && !args.table.clips && args.table.type == args.out_type &&
         detail::tuned(detail::Knob::copy_kernel) != 0;
}

ScratchPlan scratch_plan(const detail::LayerShape& shape) noexcept {
  const std::int64_t ids = align(shape.sizes.ids * static_cast<std::int64_t>(sizeof(std::int64_t)));
  const std::int64_t norms =
      shape.clips ? align(shape.sizes.ids * static_cast<std::int64_t>(sizeof(float))) : 0;
  const std::int64_t weights =
      shape.weighs ? align(shape.sizes.ids * static_cast<std::int64_t>(sizeof(ValueWeight))) : 0;
  return {ids, ids + norms, ids + norms + weights};
}

}  // namespace seqfeat::cuda
