// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace seqfeat {

/// Bytes from the start of `text` that are well-formed UTF-8 (RFC 3629: no surrogates, nothing
/// overlong, nothing above U+10FFFF); `text.size()` if all of it is.
[[nodiscard]] std::size_t utf8_prefix(std::string_view text) noexcept;

/// True if no byte of `text` has its highest bit set.
[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
  std::uint64_t all = 0;
  const auto add = [&]<class Word>(Word word, std::size_t at) {
    std::memcpy(&word, text.data() + at, sizeof word);
    all |= word;
  };
  const std::size_t size = text.size();
  if (size >= 8) {  // the last words may overlap
    for (std::size_t at = 0; at + 8 < size; at += 8) add(std::uint64_t{}, at);
    add(std::uint64_t{}, size - 8);
  } else if (size >= 4) {
    add(std::uint32_t{}, 0);
    add(std::uint32_t{}, size - 4);
  } else {
    for (std::size_t at = 0; at < size; ++at) add(std::uint8_t{}, at);
  }
  return (all & 0x8080808080808080U) == 0;
}

/// True if all of `text` is well-formed UTF-8.
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  return is_ascii(text) || utf8_prefix(text) == text.size();
}

}  // namespace seqfeat
