// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/ragged.hpp"

namespace seqfeat::run {

/// `text` in quotes for a message: shortened, with escapes for what is not printable.
[[nodiscard]] std::string quoted(std::string_view text);

/// `text` if it is UTF-8, otherwise with its odd bytes escaped. For file names in JSON.
[[nodiscard]] std::string utf8_or_escaped(std::string_view text);

/// `["a","b"]`, which is unambiguous even if an item holds a comma.
[[nodiscard]] std::string json_list(const std::vector<std::string>& items);

/// The hexadecimal digits of a number, all that its type has.
template <class Unsigned>
[[nodiscard]] std::string hex_of(Unsigned number) {
  std::string digits(2 * sizeof number, '0');
  for (std::size_t i = digits.size(); i-- > 0; number = static_cast<Unsigned>(number >> 4)) {
    digits[i] = "0123456789abcdef"[number & 15];
  }
  return digits;
}

/// Adds the token that `text` spells, an integer as `-?[0-9]+`, to the open step of `batch`.
///
/// Throws   DataError with the text and the type unless it is a value of the batch's type.
void add_text(Ragged& batch, std::string_view text);

}  // namespace seqfeat::run
