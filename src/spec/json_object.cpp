// SPDX-License-Identifier: Apache-2.0
#include "spec/json_object.hpp"

#include <algorithm>
#include <optional>

#include "backend/text.hpp"
#include "seqfeat/error.hpp"
#include "spec/foreign_words.hpp"
#include "spec/near_names.hpp"

namespace seqfeat {
namespace {

using Kind = JsonValue::Kind;
using detail::number_in;

void check_is_object(const JsonValue& value, const std::string& place) {
  if (value.kind == Kind::object) return;
  throw InvalidArgument(json_complaint(place, "must be an object, got " + json_shown(value)));
}

}  // namespace

const std::string& json_type_of(const JsonValue& value, const std::string& place) {
  check_is_object(value, place);
  const JsonValue* type = value.find("type");
  if (type == nullptr) throw InvalidArgument(json_complaint(place, "'type' is missing"));
  if (type->kind != Kind::string) {
    throw InvalidArgument(json_complaint(json_pointer(place, "type"),
                                         "type: must be a string, got " + json_shown(*type)));
  }
  return type->text;
}

JsonObject::JsonObject(const JsonValue& value, std::string place,
                       const std::vector<std::string_view>& known)
    : value_(&value), place_(std::move(place)) {
  check_is_object(value, place_);
  for (const std::string& key : value.keys) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw InvalidArgument(json_complaint(
        this->place(key), is_foreign_option(key) ? not_supported(key)
                                                 : "unknown key '" + shortened(key) + "'" +
                                                       did_you_mean(key, known, 1)));
  }
}

const JsonValue& JsonObject::require(std::string_view key) const {
  const JsonValue* found = find(key);
  if (found != nullptr) return *found;
  throw InvalidArgument(json_complaint(place_, "'" + std::string(key) + "' is missing" + of_));
}

const JsonValue* JsonObject::find_unless_null(std::string_view key) const {
  const JsonValue* found = find(key);
  return found == nullptr || found->kind == Kind::null ? nullptr : found;
}

const std::string& JsonObject::string(std::string_view key, const JsonValue& value) const {
  if (value.kind != Kind::string) refuse(key, value, "a string");
  return value.text;
}

double JsonObject::number(std::string_view key, const JsonValue& value) const {
  if (value.kind != Kind::integer && value.kind != Kind::fraction) refuse(key, value, "a number");
  const auto number = number_in<double>(value.text);
  if (!number) refuse(key, value, "a number that a double can hold");
  return *number;
}

std::int64_t JsonObject::integer(std::string_view key, const JsonValue& value,
                                 std::string_view expected) const {
  const auto number =
      value.kind == Kind::integer ? number_in<std::int64_t>(value.text) : std::nullopt;
  if (!number) refuse(key, value, expected);
  return *number;
}

std::size_t JsonObject::choice(std::string_view key, const JsonValue& value,
                               std::span<const std::string_view> names) const {
  if (value.kind == Kind::string) {
    const auto found = std::find(names.begin(), names.end(), value.text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  }
  refuse(key, value, alternatives(names));
}

void JsonObject::read(std::string_view key, bool& to) const {
  const JsonValue* found = find(key);
  if (found == nullptr) return;
  if (found->kind != Kind::boolean) refuse(key, *found, "true or false");
  to = found->text == "true";
}

void JsonObject::read(std::string_view key, double& to) const {
  if (const JsonValue* found = find(key)) to = number(key, *found);
}

void JsonObject::read(std::string_view key, std::optional<double>& to) const {
  if (const JsonValue* found = find_unless_null(key)) to = number(key, *found);
}

void JsonObject::read(std::string_view key, std::uint64_t& to) const {
  const JsonValue* found = find(key);
  if (found == nullptr) return;
  const auto number =
      found->kind == Kind::integer ? number_in<std::uint64_t>(found->text) : std::nullopt;
  if (!number) refuse(key, *found, "an integer 0 ... 18446744073709551615");
  to = *number;
}

void JsonObject::refuse(std::string_view key, const JsonValue& got,
                        std::string_view expected) const {
  throw InvalidArgument(json_complaint(
      place(key),
      std::string(key) + ": must be " + std::string(expected) + ", got " + json_shown(got) + of_));
}

}  // namespace seqfeat
