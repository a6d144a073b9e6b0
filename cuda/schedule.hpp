// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/device.hpp"
#include "cuda/divisor.hpp"

// How much work a block gets. Sizes decide, never contents, and no choice changes a bit.

namespace seqfeat::cuda {

/// Slots that a block can hold, and ids that the fused kernel can keep to itself.
inline constexpr std::int64_t kMostSlots = 256;
inline constexpr std::int64_t kFusedIds = 2048;

/// A flat range cut into equal pieces, one a warp.
struct FlatPlan {
  std::int64_t per_warp;
  std::int64_t blocks;
};

/// Cuts `count` values into pieces of a multiple of `least` values: enough blocks to fill the
/// device several times, then longer pieces, for each has a price of its own.
[[nodiscard]] FlatPlan flat_plan(const Device& device, std::int64_t count, std::int64_t least);

/// Slots of the output grid cut into blocks; the column is the fastest index, so that blocks that
/// run side by side write side by side.
struct SlotPlan {
  std::int64_t slots;   ///< A block's: a power of two, at most kMostSlots.
  std::int64_t chunks;  ///< Blocks a column; at least 1, which writes the lengths if nothing else.
  std::int64_t blocks;  ///< chunks times columns
  Divisor columns;
  Divisor width;   ///< T of the capacity: slots are counted in the largest batch's grid.
  bool streaming;  ///< The output is larger than half the cache.
};

/// Cuts `slots` slots of `columns` columns, whose widest has `floats` floats, with `ids` values.
[[nodiscard]] SlotPlan slot_plan(const Device& device, std::int64_t slots, std::int64_t width,
                                 std::int64_t columns, std::int64_t floats, std::int64_t ids,
                                 std::int64_t output_bytes);

/// True for small batches of which nobody wants ids or norms.
[[nodiscard]] bool runs_fused(const detail::LayerArgs& args);

/// Where ids and norms stand in the scratch memory.
struct ScratchPlan {
  std::int64_t norms;  ///< Offset in bytes; the ids stand at 0.
  std::int64_t bytes;
};
[[nodiscard]] ScratchPlan scratch_plan(const detail::LayerShape& shape) noexcept;

}  // namespace seqfeat::cuda
