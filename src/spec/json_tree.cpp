// SPDX-License-Identifier: Apache-2.0
#include "spec/json_tree.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "seqfeat/error.hpp"
#include "spec/json_text.hpp"

namespace seqfeat {
namespace {

using Kind = JsonValue::Kind;
using Json = nlohmann::json;

/// Builds the tree from the parser's events. Open values stay where they are, because a list grows
/// only when all that is in it is closed.
class Builder final : public Json::json_sax_t {
 public:
  JsonValue take() { return std::move(root_); }

  bool null() override { return add(Kind::null, "null"); }
  bool boolean(bool value) override { return add(Kind::boolean, value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override {
    return add(Kind::integer, std::to_string(value));
  }
  bool number_unsigned(std::uint64_t value) override {
    return add(Kind::integer, std::to_string(value));
  }
  bool number_float(double /*value*/, const std::string& text) override {
    // The parser calls integers that fit in no 64 bits floats as well.
    const bool fraction = text.find_first_of(".eE") != std::string::npos;
    return add(fraction ? Kind::fraction : Kind::integer, text);
  }
  bool string(std::string& value) override { return add(Kind::string, std::move(value)); }
  bool binary(Json::binary_t& /*value*/) override { return false; }  // has no spelling in JSON text
  bool start_object(std::size_t /*size*/) override { return open(Kind::object); }
  bool start_array(std::size_t /*size*/) override { return open(Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    if (!open_.back().names.insert(name).second) {
      throw InvalidArgument(
          json_complaint(place(), "the key '" + shortened(name) + "' appears twice"));
    }
    open_.back().value->keys.push_back(name);
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const Json::exception& error) override {
    throw InvalidArgument("JSON: " + json_error_text(error.what()));
  }

 private:
  struct Frame {
    JsonValue* value;
    std::set<std::string> names;  // those that an object has so far
  };

  bool add(Kind kind, std::string text) {
    put({kind, std::move(text), {}, {}});
    return true;
  }

  bool open(Kind kind) {
    if (open_.size() == kMaxJsonDepth) {
      throw InvalidArgument(json_complaint(
          place(), "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels"));
    }
    JsonValue& value = put({kind, {}, {}, {}});
    open_.push_back({&value, {}});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  JsonValue& put(JsonValue value) {
    if (open_.empty()) return root_ = std::move(value);
    return open_.back().value->values.emplace_back(std::move(value));
  }

  /// Where the value that is open stands.
  [[nodiscard]] std::string place() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const JsonValue& value = *open_[i].value;
      out = value.kind == Kind::object ? json_pointer(out, value.keys.back())
                                       : json_pointer(out, value.values.size() - 1);
    }
    return out;
  }

  JsonValue root_;
  std::vector<Frame> open_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == key) return &values[i];
  }
  return nullptr;
}

JsonValue parse_json(std::string_view text) {
  // The parser takes NUL for the end of its input, and would not look at what follows.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw InvalidArgument("JSON: a NUL at byte " + std::to_string(nul));
  }
  Builder builder;
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

std::string json_pointer(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string json_pointer(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + '/' + std::to_string(index);
}

std::string json_complaint(std::string_view pointer, std::string_view why) {
  return "JSON at " + (pointer.empty() ? std::string("the top") : shortened(pointer)) + ": " +
         std::string(why);
}

std::string json_error_text(std::string_view what) {
  const std::size_t prefix = what.find("] ");
  return shortened(prefix == std::string_view::npos ? what : what.substr(prefix + 2));
}

std::string json_shown(const JsonValue& value) {
  switch (value.kind) {
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
    case Kind::string:
      return json_string(shortened(value.text));
    default:
      return shortened(value.text);
  }
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 200;
  if (text.size() <= kShown) return std::string(text);
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace seqfeat
