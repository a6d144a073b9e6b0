// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/error.hpp"
#include "spec/json_tree.hpp"

namespace seqfeat {

/// The member `type` of the object at `place`, which decides what other members it may have.
[[nodiscard]] const std::string& json_type_of(const JsonValue& value, const std::string& place);

/// Calls a factory and adds the place in the text to its complaint.
template <class Make>
auto made_at(const std::string& place, Make make) {
  try {
    return make();
  } catch (const InvalidArgument& refused) {
    throw InvalidArgument(json_complaint(place, refused.what()));
  }
}

/// Reads an object with members of a fixed form. Every refusal is InvalidArgument with a JSON
/// pointer, the name of the member, what was got and what was expected.
class JsonObject {
 public:
  /// Checks that `value` is an object with members of `known` only.
  JsonObject(const JsonValue& value, std::string place, const std::vector<std::string_view>& known);

  /// Adds `of`, which says whose members these are, to all later complaints.
  void describe(std::string of) { of_ = std::move(of); }

  [[nodiscard]] const std::string& place() const noexcept { return place_; }
  [[nodiscard]] std::string place(std::string_view key) const { return json_pointer(place_, key); }
  [[nodiscard]] const JsonValue* find(std::string_view key) const { return value_->find(key); }

  /// Throws unless the member is there.
  [[nodiscard]] const JsonValue& require(std::string_view key) const;
  /// The member, or nothing where it is missing or null.
  [[nodiscard]] const JsonValue* find_unless_null(std::string_view key) const;

  [[nodiscard]] const std::string& string(std::string_view key, const JsonValue& value) const;
  [[nodiscard]] double number(std::string_view key, const JsonValue& value) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, const JsonValue& value,
                                     std::string_view expected) const;

  /// The position of a string among the allowed names.
  [[nodiscard]] std::size_t choice(std::string_view key, const JsonValue& value,
                                   std::span<const std::string_view> names) const;

  /// Reads a member that may be missing: `to` keeps its value then. One of a number that may be
  /// nothing may also be null.
  void read(std::string_view key, bool& to) const;
  void read(std::string_view key, double& to) const;
  void read(std::string_view key, std::optional<double>& to) const;
  void read(std::string_view key, std::uint64_t& to) const;
  template <class Enum>
  void read(std::string_view key, Enum& to, std::span<const std::string_view> names) const {
    if (const JsonValue* found = find(key)) to = static_cast<Enum>(choice(key, *found, names));
  }

  [[noreturn]] void refuse(std::string_view key, const JsonValue& got,
                           std::string_view expected) const;

 private:
  const JsonValue* value_;
  std::string place_;
  std::string of_;
};

}  // namespace seqfeat
