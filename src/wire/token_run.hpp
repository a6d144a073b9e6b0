// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "seqfeat/ragged.hpp"

// Copies the usual strings of a list many at a time: field 1 as bytes, shorter than 128, whole.
// They stop at anything else, which the caller reads field by field. The ways are separate so that
// tests can compare them.

namespace seqfeat::wire {

/// Strings from the front of a list that were copied into a room.
struct TokenRun {
  std::size_t count = 0;
  std::size_t bytes = 0;      ///< Of the strings.
  const char* end = nullptr;  ///< Where the list goes on.
};

/// The room that a list of `size` bytes needs. A string takes two bytes more in the list than its
/// own, and vectors may be written beyond the last one.
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
