// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/fingerprint.hpp"

// A counter-based random generator: any number of any stream is one function call away, on every
// backend alike. First values of tables and stochastic rounding come from here.

namespace seqfeat {

/// `Count` words of 32 bits. (std::array has no operators on a device.)
template <unsigned Count>
struct RandomWords {
  std::uint32_t word[Count] = {};  // NOLINT(modernize-avoid-c-arrays)

  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t operator[](int i) const noexcept {
    return word[i];
  }
  friend constexpr bool operator==(const RandomWords&, const RandomWords&) = default;
};
using PhiloxCounter = RandomWords<4>;
using PhiloxKey = RandomWords<2>;

/// Philox4x32-10: 128 random bits for a 128-bit counter under a 64-bit key.
///
/// Source   Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11.
[[nodiscard]] SEQFEAT_HD constexpr PhiloxCounter philox4x32_10(PhiloxCounter counter,
                                                               PhiloxKey key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xd2511f53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xcd9e8d57} * counter[2];
    counter = {
        {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)}};
    key = {{key[0] + 0x9e3779b9, key[1] + 0xbb67ae85}};
  }
  return counter;
}

static_assert(philox4x32_10({}, {}) ==
              PhiloxCounter{{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});

/// The key of a table's random numbers. The mix is one to one, for one name in the seed and for one
/// seed in the name's fingerprint. So neither another seed nor another table repeats the numbers.
[[nodiscard]] SEQFEAT_HD constexpr PhiloxKey philox_key(std::uint64_t seed,
                                                        std::uint64_t fingerprint) noexcept {
  const std::uint64_t key = farm::mix(seed, fingerprint, farm::k2);
  return {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
}

}  // namespace seqfeat
