// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Reads one JSON object as events. Hostile lines are bounded: see JsonReader.

namespace seqfeat::run {

/// A value inside a member of the outermost object. `level` counts the lists around it: 0 for the
/// member's own value.
struct JsonEvent {
  enum class Kind { string, signed_integer, unsigned_integer, real, boolean, null, list, list_end };
  Kind kind;
  std::size_t level = 0;
  std::int64_t integer = 0;   ///< signed_integer
  std::uint64_t natural = 0;  ///< unsigned_integer
  double real = 0;            ///< real
  std::string_view text{};    ///< string; of a real, as it was written
};

/// Receives the members of one object.
class JsonMembers {
 public:
  JsonMembers() = default;
  JsonMembers(const JsonMembers&) = delete;
  JsonMembers& operator=(const JsonMembers&) = delete;
  JsonMembers(JsonMembers&&) = delete;
  JsonMembers& operator=(JsonMembers&&) = delete;
  virtual ~JsonMembers() = default;

  /// A member begins. False: its value is only checked.
  virtual bool member(std::string_view key) = 0;
  /// A part of its value. Objects inside it are refused.
  virtual void event(const JsonEvent& event) = 0;
  /// A word for an event in messages: "a string", "5", "true".
  [[nodiscard]] static std::string describe(const JsonEvent& event);
};

/// Reads `text`, which must be one object of RFC 8259.
///
/// Throws   DataError for malformed text, duplicate keys in an object, nesting deeper than 64,
///          another value than an object, an object inside a member that is listened to.
void scan_json_object(std::string_view text, JsonMembers& members);

}  // namespace seqfeat::run
