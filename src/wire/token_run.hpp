// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "seqfeat/ragged.hpp"

// The usual strings of a list, many at a time: field 1 as bytes, shorter than 128, whole. What else
// there may be in a list is left to whoever reads field by field. The ways to do it are apart so
// that tests can hold them against each other.

namespace seqfeat::wire {

/// Strings from the front of a list that were copied into a room.
struct TokenRun {
  std::size_t count = 0;
  std::size_t bytes = 0;      ///< Of the strings.
  const char* end = nullptr;  ///< Where the list goes on.
};

/// What a room must hold for a list of `size` bytes: a string takes two more than its own, and
/// whole vectors are written.
inline constexpr std::size_t kRunSlack = 64;
[[nodiscard]] constexpr std::size_t most_tokens(std::size_t size) noexcept {
  return size / 2 + kRunSlack;
}
[[nodiscard]] constexpr std::size_t most_bytes(std::size_t size) noexcept {
  return size + kRunSlack;
}

/// Copies strings one after the other, on any processor.
[[nodiscard]] TokenRun copy_run_plain(std::string_view list,
                                      const Ragged::StringRoom& room) noexcept;

/// Whether `copy_run_avx512` may be called.
[[nodiscard]] bool has_copy_run_avx512() noexcept;

/// Copies all strings that begin in 64 bytes at once.
[[nodiscard]] TokenRun copy_run_avx512(std::string_view list,
                                       const Ragged::StringRoom& room) noexcept;

/// Copies by the best way there is.
[[nodiscard]] TokenRun copy_run(std::string_view list, const Ragged::StringRoom& room) noexcept;

}  // namespace seqfeat::wire
