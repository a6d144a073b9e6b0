// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/divisor.hpp"
#include "backend/ops.hpp"
#include "cuda/device.hpp"

// How much work a block gets. Sizes decide, never contents, and no choice changes a bit.

namespace seqfeat::cuda {

/// Segments that a block can hold.
inline constexpr std::int64_t kMostSegments = 256;

/// A flat range cut into equal pieces, one a warp.
struct FlatPlan {
  std::int64_t per_warp;
  std::int64_t blocks;
};

/// Cuts `count` values into pieces of a multiple of `least` values: enough blocks to fill the
/// device several times, then longer pieces, for each has a price of its own.
[[nodiscard]] FlatPlan flat_plan(const Device& device, std::int64_t count, std::int64_t least);

/// Steps of more values than this are written by blocks of their own (see long_steps.cuh). Ids are
/// cut into pieces of so many: at most one long step begins in each, and it reaches the next.
inline constexpr std::int64_t kLongStep = 4096;

/// Elements of a row that such a block writes.
inline constexpr std::int64_t kSliceElements = 4;

/// The blocks that look for long steps, in front of all others.
struct LongPlan {
  std::int64_t pieces = 0;
  detail::Divisor by_slices;  ///< Blocks that share a step.
  std::int64_t slices = 1;
  std::int64_t blocks = 0;
};

/// For `ids` ids of tables whose rows have at most `elements` elements.
[[nodiscard]] LongPlan long_plan(std::int64_t ids, std::int64_t elements);

/// What slots are cut for.
struct SlotWork {
  std::int64_t slots = 0;
  std::int64_t groups = 1;
  std::int64_t most_columns = 1;  ///< Of a group.
  std::int64_t vectors = 1;       ///< Of a slot in the widest group.
  std::int64_t ids = 0;
  std::int64_t output_bytes = 0;
  bool copies = false;       ///< Rows are copied,
  std::int64_t batches = 4;  ///< and a thread does so eight at once, about so many times.
};

/// Vectors in a slice of `elements`: of 16 bytes where rows are copied, else of 4 elements.
[[nodiscard]] constexpr std::int64_t vectors_of(std::int64_t elements, FloatType type,
                                                bool copies) noexcept {
  return copies ? (elements * size_of(type) + 15) / 16 : elements / 4 + 1;
}

/// Slots of the output grid cut into blocks; the group is the fastest index, so that blocks that
/// run side by side write side by side.
struct SlotPlan {
  std::int64_t slots;   ///< A block's: a power of two, so that all segments fit.
  std::int64_t chunks;  ///< Blocks a group; at least 1, which writes the lengths if nothing else.
  std::int64_t blocks;  ///< chunks times groups, and those of long steps.
  detail::Divisor groups;
  bool streaming;  ///< The output is larger than half the cache.
  LongPlan long_steps;
};

[[nodiscard]] SlotPlan slot_plan(const Device& device, const SlotWork& work,
                                 const LongPlan& long_steps);

/// True if rows are copied as bytes: every step has one value, and every table has the output's
/// type.
[[nodiscard]] bool copies_rows(const detail::LayerArgs& args);
[[nodiscard]] bool copies_rows(const detail::LookupArgs& args);

/// Where ids, norms and weights stand in the scratch memory.
struct ScratchPlan {
  std::int64_t norms;  ///< Offset in bytes; the ids stand at 0.
  std::int64_t weights;
  std::int64_t bytes;
};
[[nodiscard]] ScratchPlan scratch_plan(const detail::LayerShape& shape) noexcept;

}  // namespace seqfeat::cuda
