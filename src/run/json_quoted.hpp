// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "seqfeat/ragged.hpp"

// JSON's strings, eight bytes at a time: what `JsonCursor` reads them by.

namespace seqfeat::run {

/// JSON's whitespace.
[[nodiscard]] constexpr bool is_json_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Where the string ends whose text begins at `at`: at its quote. Null if it does not end, or holds
/// a control character or what is no escape. Bytes need not be UTF-8.
[[nodiscard]] const char* end_of_quoted(const char* at, const char* end, bool& escaped) noexcept;

/// Strings that were copied into a room.
struct QuotedRun {
  std::size_t count = 0;
  std::size_t bytes = 0;
  const char* end = nullptr;  ///< Behind the last one.
};

inline constexpr std::size_t kQuotedCount = 64;    ///< At most so many at once.
inline constexpr std::size_t kQuotedPiece = 2048;  ///< Bytes that are usually enough for them.
inline constexpr std::size_t kQuotedSlack = 16;  ///< Written behind a room's bytes, in whole words.

/// Copies strings with commas between them, decoded, from the one whose quote is at `at`; stops
/// before one that is malformed or no UTF-8, or has no room among `bytes` bytes. The room holds
/// kQuotedCount strings and kQuotedSlack bytes more.
[[nodiscard]] QuotedRun copy_quoted(const char* at, const char* end, const Ragged::StringRoom& room,
                                    std::size_t bytes) noexcept;

}  // namespace seqfeat::run
