// SPDX-License-Identifier: Apache-2.0
#include "cuda/schedule.hpp"

#include <algorithm>

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

}  // namespace

FlatPlan flat_plan(const Device& device, std::int64_t count, std::int64_t least) {
  constexpr std::int64_t kBlocksPerMultiprocessor = 32;
  constexpr std::int64_t kLongest = 8;
  const std::int64_t warps = device.multiprocessors * kBlocksPerMultiprocessor * kWarps;
  const std::int64_t pieces = divide_up(count, least);
  const std::int64_t per_warp = least * std::clamp<std::int64_t>(pieces / warps, 1, kLongest);
  return {per_warp, divide_up(divide_up(count, per_warp), kWarps)};
}

SlotPlan slot_plan(const Device& device, std::int64_t slots, std::int64_t width,
                   std::int64_t columns, std::int64_t floats, std::int64_t ids,
                   std::int64_t output_bytes) {
  // Eight vectors a thread make a block worth its start, more do not; but first of all every
  // multiprocessor gets its blocks.
  constexpr std::int64_t kVectors = 32 * kThreads;
  constexpr std::int64_t kBlocksPerMultiprocessor = 8;
  const std::int64_t slot_columns = std::max<std::int64_t>(slots * columns, 1);
  const std::int64_t loads = (floats / 4 + 1) * (1 + ids / slot_columns);
  const std::int64_t fair = slot_columns / (device.multiprocessors * kBlocksPerMultiprocessor);
  const std::int64_t most =
      std::clamp<std::int64_t>(std::min(kVectors / loads, fair), 1, kMostSlots);
  std::int64_t size = 1;
  while (size * 2 <= most) size *= 2;
  const std::int64_t chunks = std::max<std::int64_t>(divide_up(slots, size), 1);
  return {size,
          chunks,
          chunks * columns,
          Divisor(columns),
          Divisor(width),
          output_bytes > device.cache_bytes / 2};
}

bool runs_fused(const detail::LayerArgs& args) {
  return args.ids == nullptr && !args.shape.clips && args.values != nullptr &&
         args.shape.ids <= kFusedIds;
}

ScratchPlan scratch_plan(const detail::LayerShape& shape) noexcept {
  const std::int64_t ids = align(shape.ids * static_cast<std::int64_t>(sizeof(std::int64_t)));
  const std::int64_t norms =
      shape.clips ? align(shape.ids * static_cast<std::int64_t>(sizeof(float))) : 0;
  return {ids, ids + norms};
}

}  // namespace seqfeat::cuda
