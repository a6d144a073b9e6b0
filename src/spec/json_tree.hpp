// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// JSON read strictly: RFC 8259 in UTF-8, no duplicate keys, no NaN, nothing behind the value.

namespace seqfeat {

/// How deep arrays and objects may be nested in each other.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// A JSON value. Numbers stay text: the reader of a member knows which type it must have.
struct JsonValue {
  enum class Kind : std::uint8_t { null, boolean, integer, fraction, string, array, object };

  Kind kind = Kind::null;
  std::string text;  ///< The contents of a string; the text of null, booleans and numbers.
  std::vector<std::string> keys;  ///< Of an object: `keys[i]` belongs to `values[i]`.
  std::vector<JsonValue> values;  ///< Of an object or an array.

  /// The member `key` of an object, or null.
  [[nodiscard]] const JsonValue* find(std::string_view key) const noexcept;
};

/// Reads the whole of `text` as one value.
///
/// Throws   InvalidArgument: malformed JSON with its line and column, duplicate keys and what is
///          nested too deep with a JSON pointer.
[[nodiscard]] JsonValue parse_json(std::string_view text);

/// The JSON pointer of member `key`, or of element `index`, of the value at `pointer`.
[[nodiscard]] std::string json_pointer(std::string_view pointer, std::string_view key);
[[nodiscard]] std::string json_pointer(std::string_view pointer, std::size_t index);

/// The message `JSON at POINTER: why`, the form of all complaints about a JSON text.
[[nodiscard]] std::string json_complaint(std::string_view pointer, std::string_view why);

/// A value as messages show it: shortened, or "an array", "an object".
[[nodiscard]] std::string json_shown(const JsonValue& value);

/// `text`, or its first 200 bytes or fewer, cut between characters, and "...".
[[nodiscard]] std::string shortened(std::string_view text);

}  // namespace seqfeat
