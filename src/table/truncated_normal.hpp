// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "seqfeat/column.hpp"

namespace seqfeat {

// A counter-based random generator: any number of any stream is one function call away.
using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Philox4x32-10: 128 random bits for a 128-bit counter under a 64-bit key.
///
/// Source   Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11.
[[nodiscard]] constexpr PhiloxCounter philox4x32_10(PhiloxCounter counter, PhiloxKey key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xd2511f53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xcd9e8d57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9e3779b9, key[1] + 0xbb67ae85};
  }
  return counter;
}

static_assert(philox4x32_10({}, {}) ==
              PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});

/// The quantile function of the standard normal distribution cut off at ±2, over (-1, 1) instead of
/// (0, 1): uniform v in, truncated normal out. Odd; the error is below 1e-10.
[[nodiscard]] double truncated_normal_quantile(double v) noexcept;

/// The first values of one table, any row of it at any time.
class TruncatedNormalTable {
 public:
  TruncatedNormalTable(const TruncatedNormal& distribution, std::int64_t dimension,
                       std::string_view name) noexcept;

  /// Writes the values of `row` from `column` on.
  void fill(std::int64_t row, std::int64_t column, std::span<float> out) const noexcept;

 private:
  PhiloxKey key_;
  double mean_;
  double stddev_;
};

}  // namespace seqfeat
