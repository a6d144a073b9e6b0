// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "seqfeat/ragged.hpp"

namespace seqfeat::run {

/// Reads JSON as programs write it, several times as fast as `scan_json_object`.
///
/// Every `take` skips whitespace and reads the value it is asked for, or returns false because the
/// text is malformed or unusual. The caller then has `scan_json_object` read the text from its
/// start: that function takes all of RFC 8259 and says what is wrong. It reads the same values.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) noexcept
      : at_(text.data()), end_(text.data() + text.size()) {}

  /// Nothing but whitespace is left.
  [[nodiscard]] bool at_end() noexcept;
  [[nodiscard]] bool next_is(char c) noexcept;
  [[nodiscard]] bool take(char c) noexcept;
  [[nodiscard]] bool take_word(std::string_view word) noexcept;
  /// A string without escapes and the colon after it.
  [[nodiscard]] bool take_key(std::string_view& key) noexcept;
  /// A string without escapes.
  [[nodiscard]] bool take_text(std::string_view& text) noexcept;
  /// An integer of 64 bits, with a sign or without.
  template <class Integer>
  [[nodiscard]] bool take_integer(Integer& value) noexcept;
  /// A number of any form, as it is written.
  [[nodiscard]] bool take_number(std::string_view& text) noexcept;
  /// One or more strings with commas between them, as values of the open step.
  [[nodiscard]] bool take_strings(Ragged& batch);
  /// A value of any kind. Keys of its objects must differ.
  [[nodiscard]] bool take_any(int depth = 0);

 private:
  void skip_space() noexcept;
  [[nodiscard]] bool take_quoted(std::string_view& raw, bool& escaped) noexcept;
  [[nodiscard]] bool take_any_list(int depth);
  [[nodiscard]] bool take_any_object(int depth);

  const char* at_;
  const char* end_;
};

/// Whether a name is there twice. Sorts the names.
[[nodiscard]] bool has_twice(std::vector<std::string_view>& names);

}  // namespace seqfeat::run
