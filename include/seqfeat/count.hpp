// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"

// What an indicator holds: how often each id stands in a step, counted in float32.

namespace seqfeat {

/// A count from which on adding 1 changes no float32.
inline constexpr float kMostCounted = 16777216.0F;

/// The count of an id that stands `more` times more in the step.
[[nodiscard]] SEQFEAT_HD constexpr float add_count(float count, int more) noexcept {
  const float sum = count + static_cast<float>(more);
  return sum < kMostCounted ? sum : kMostCounted;
}

/// True if an id is counted: one of a token without a row, or past the end, has no cell.
[[nodiscard]] SEQFEAT_HD constexpr bool is_counted(std::int64_t id, std::int64_t width) noexcept {
  return id >= 0 && id < width;
}

static_assert(add_count(kMostCounted - 1, 1) == kMostCounted);
static_assert(add_count(kMostCounted, 31) == kMostCounted);
static_assert(is_counted(3, 4) && !is_counted(4, 4) && !is_counted(-1, 4));

}  // namespace seqfeat
