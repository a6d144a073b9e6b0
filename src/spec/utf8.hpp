// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace seqfeat {

/// Bytes from the start of `text` that are well-formed UTF-8 (RFC 3629: no surrogates, nothing
/// overlong, nothing above U+10FFFF); `text.size()` if all of it is.
[[nodiscard]] std::size_t utf8_prefix(std::string_view text) noexcept;

/// True if all of `text` is well-formed UTF-8.
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  unsigned all = 0;  // most text is ASCII
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80 || utf8_prefix(text) == text.size();
}

}  // namespace seqfeat
