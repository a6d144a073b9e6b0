// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>

namespace seqfeat::detail {

/// The product of sizes >= 0, or nothing if it does not fit an int64.
[[nodiscard]] constexpr std::optional<std::int64_t> product(
    std::initializer_list<std::int64_t> sizes) noexcept {
  std::int64_t result = 1;
  for (const std::int64_t size : sizes) {
    if (size == 0) return 0;  // whatever the others are
  }
  for (const std::int64_t size : sizes) {
    if (__builtin_mul_overflow(result, size, &result)) return std::nullopt;
  }
  return result;
}

/// The least multiple of `step` (> 0) that is not below `size`, or nothing if it does not fit.
[[nodiscard]] constexpr std::optional<std::int64_t> round_up(std::int64_t size,
                                                             std::int64_t step) noexcept {
  const std::int64_t rest = size % step;
  if (rest == 0) return size;
  std::int64_t result = 0;
  if (__builtin_add_overflow(size, step - rest, &result)) return std::nullopt;
  return result;
}

/// The most values a batch may have: their offsets and ids, of eight bytes each, have a size that
/// fits an int64, and so has any sum of one with a count of them.
inline constexpr std::int64_t kMostValues = std::numeric_limits<std::int64_t>::max() / 8 - 1;

}  // namespace seqfeat::detail
