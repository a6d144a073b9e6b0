// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/stream.hpp"

// Kernels of the tests' own. They check and fill gigabytes where these lie.

namespace seqfeat::test {

/// Enqueues adding to `*count` how many of the `words` 32-bit words at `got` differ from those at
/// `expected`. All pointers are the device's.
void count_differences(const void* got, const void* expected, std::int64_t words,
                       unsigned long long* count, Stream stream);

/// Element `index` of a table: a whole number below 2^23, so that the sum of two is exact.
[[nodiscard]] SEQFEAT_HD constexpr float table_float(std::int64_t index) noexcept {
  const std::uint64_t mixed = static_cast<std::uint64_t>(index) * 0x9e3779b97f4a7c15;
  return static_cast<float>(static_cast<std::int32_t>(mixed >> 41));
}

/// Enqueues writing table_float(0) to table_float(count - 1).
void fill_table(float* to, std::int64_t count, Stream stream);

}  // namespace seqfeat::test
