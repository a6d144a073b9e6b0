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

/// True if one of the `width` cells from id `first` on is that of `id`, which may be any number:
/// one of a token without a row, or past the end, has no cell.
[[nodiscard]] SEQFEAT_HD constexpr bool is_counted(std::int64_t id, std::int64_t width,
                                                   std::int64_t first = 0) noexcept {
  return static_cast<std::uint64_t>(id) - static_cast<std::uint64_t>(first) <
         static_cast<std::uint64_t>(width);
}

static_assert(add_count(kMostCounted - 1, 1) == kMostCounted);
static_assert(add_count(kMostCounted, 31) == kMostCounted);
static_assert(is_counted(3, 4) && !is_counted(4, 4) && !is_counted(-1, 4));
static_assert(is_counted(9, 4, 6) && !is_counted(5, 4, 6) && !is_counted(INT64_MIN, 4, 6));

}  // namespace seqfeat
