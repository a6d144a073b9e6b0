// SPDX-License-Identifier: Apache-2.0
#include "run/json_scan.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "backend/concat.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using Kind = JsonEvent::Kind;
using Json = nlohmann::json;

constexpr std::size_t kDeepest = 64;

/// Turns the parser's events into members; keeps the keys of each open object.
class Scanner final : public nlohmann::json_sax<Json> {
 public:
  explicit Scanner(JsonMembers& members) : members_(members) {}

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
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(std::size_t) override {
    if (!open_.empty() && listening_) {
      throw DataError(concat(key_, ": got an object, expected a list"));
    }
    open('{');
    return true;
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) {
      throw DataError(concat(name, ": got the key twice in one object, expected it once"));
    }
    if (open_.size() == 1) {
      key_ = name;
      listening_ = members_.member(name);
    }
    return true;
  }
  bool end_object() override {
    close();
    keys_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    value({.kind = Kind::list});
    open('[');
    return true;
  }
  bool end_array() override {
    close();
    return value({.kind = Kind::list_end});
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // "[json.exception.…] parse error at line 1, column 7: what is wrong"
    std::string_view what = error.what();
    for (const std::string_view end : {"] ", ": "}) {
      const std::size_t at = what.find(end);
      if (at != what.npos) what.remove_prefix(at + end.size());
    }
    throw DataError(concat("got malformed JSON at byte ", position, " (", what,
                           "), expected one object a line"));
  }

 private:
  bool value(JsonEvent event) {
    if (open_.empty()) {
      throw DataError(concat("got ", JsonMembers::describe(event), ", expected an object"));
    }
    if (!listening_) return true;
    event.level = open_.size() - 1;
    members_.event(event);
    return true;
  }
  void open(char bracket) {
    if (open_.size() == kDeepest) {
      throw DataError(concat("got nesting deeper than ", kDeepest, ", expected lists of lists"));
    }
    open_.push_back(bracket);
    if (bracket == '{') keys_.emplace_back();
  }
  void close() { open_.pop_back(); }

  JsonMembers& members_;
  std::vector<char> open_;
  std::vector<std::set<std::string>> keys_;
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
  // The parser takes NUL for the end of its input, and would not look at what follows.
  if (const std::size_t nul = text.find('\0'); nul != text.npos) {
    throw DataError(
        concat("got malformed JSON at byte ", nul + 1, " (a NUL), expected one object a line"));
  }
  Scanner scanner(members);
  Json::sax_parse(text.begin(), text.end(), &scanner);
}

}  // namespace seqfeat::run
