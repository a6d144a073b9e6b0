// SPDX-License-Identifier: Apache-2.0
#include "run/json_scan.hpp"

#include "backend/concat.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"
#include "spec/json_reader.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using Kind = JsonEvent::Kind;

/// Turns the parser's events into members.
class Scanner final : public JsonReader {
 public:
  explicit Scanner(JsonMembers& members) : members_(members) {}

 private:
  bool null() override { return value({.kind = Kind::null}); }
  bool boolean(bool truth) override {
    return value({.kind = Kind::boolean, .integer = truth ? 1 : 0});
  }
  bool number_integer(number_integer_t number) override {
    return value({.kind = Kind::signed_integer, .integer = number});
  }
  bool number_unsigned(number_unsigned_t number) override {
    return value({.kind = Kind::unsigned_integer, .natural = number});
  }
  bool number_float(number_float_t number, const string_t& text) override {
    return value({.kind = Kind::real, .real = number, .text = text});
  }
  bool string(string_t& text) override { return value({.kind = Kind::string, .text = text}); }

  void begin(bool object) override {
    if (!object) {
      value({.kind = Kind::list});
    } else if (depth() > 0 && listening_) {
      throw DataError(concat(key_, ": got an object, expected a list"));
    }
  }
  void end(bool object) override {
    if (!object) value({.kind = Kind::list_end});
  }
  void member(const std::string& name) override {
    if (depth() > 1) return;
    key_ = name;
    listening_ = members_.member(name);
  }

  [[noreturn]] void refuse_text(std::size_t byte, std::string_view why) const override {
    const std::size_t colon = why.find(": ");  // "parse error at line 1, column 7: what is wrong"
    if (colon != why.npos) why.remove_prefix(colon + 2);
    throw DataError(
        concat("got malformed JSON at byte ", byte, " (", why, "), expected one object a line"));
  }
  [[noreturn]] void refuse_depth() const override {
    throw DataError(concat("got nesting deeper than ", kMaxJsonDepth, ", expected lists of lists"));
  }
  [[noreturn]] void refuse_repeated(const std::string& name) const override {
    throw DataError(concat(name, ": got the key twice in one object, expected it once"));
  }

  bool value(JsonEvent event) {
    if (depth() == 0) {
      throw DataError(concat("got ", JsonMembers::describe(event), ", expected an object"));
    }
    if (!listening_) return true;
    event.level = depth() - 1;
    members_.event(event);
    return true;
  }

  JsonMembers& members_;
  std::string key_;
  bool listening_ = false;
};

}  // namespace

std::string JsonMembers::describe(const JsonEvent& event) {
  switch (event.kind) {
    case Kind::string:
      return concat("the string ", quoted(event.text));
    case Kind::signed_integer:
      return std::to_string(event.integer);
    case Kind::unsigned_integer:
      return std::to_string(event.natural);
    case Kind::real:
      return std::string(event.text);
    case Kind::boolean:
      return event.integer != 0 ? "true" : "false";
    case Kind::null:
      return "null";
    case Kind::list:
    case Kind::list_end:
      break;
  }
  return "a list";
}

void scan_json_object(std::string_view text, JsonMembers& members) {
  Scanner(members).read(text);
}

}  // namespace seqfeat::run
