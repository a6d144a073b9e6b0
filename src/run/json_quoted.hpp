// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "seqfeat/ragged.hpp"

// Reads JSON's strings, eight bytes at a time, for `JsonCursor`.

namespace seqfeat::run {

/// JSON's whitespace.
[[nodiscard]] constexpr bool is_json_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// The closing quote of the string whose text begins at `at`. Null if there is none, or if the
/// string holds a control character or a malformed escape. Does not check UTF-8.
[[nodiscard]] const char* end_of_quoted(const char* at, const char* end, bool& escaped) noexcept;

/// Strings that were copied into a room.
struct QuotedRun {
  std::size_t count = 0;
  std::size_t bytes = 0;
  const char* end = nullptr;  ///< Behind the last string.
};

inline constexpr std::size_t kQuotedCount = 64;    ///< At most so many at once.
inline constexpr std::size_t kQuotedBytes = 2048;  ///< Bytes that are usually enough for them.
inline constexpr std::size_t kQuotedSlack = 16;  ///< Written behind a room's bytes, in whole words.

/// Decodes consecutive strings with commas between them; `at` is the opening quote of the first.
/// Stops before a string that is malformed, is not UTF-8, or does not fit in the `bytes` bytes. The
/// room must hold kQuotedCount strings and kQuotedSlack more bytes.
[[nodiscard]] QuotedRun copy_quoted(const char* at, const char* end, const Ragged::StringRoom& room,
                                    std::size_t bytes) noexcept;

}  // namespace seqfeat::run
