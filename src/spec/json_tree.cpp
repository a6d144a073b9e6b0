// SPDX-License-Identifier: Apache-2.0
#include "spec/json_tree.hpp"

#include <utility>

#include "seqfeat/error.hpp"
#include "spec/json_reader.hpp"
#include "spec/json_text.hpp"

namespace seqfeat {
namespace {

using Kind = JsonValue::Kind;

/// Builds the tree from the parser's events. Open values stay where they are, because a list grows
/// only when all that is in it is closed.
class Builder final : public JsonReader {
 public:
  JsonValue take() { return std::move(root_); }

 private:
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

  void begin(bool object) override {
    open_.push_back(&put({object ? Kind::object : Kind::array, {}, {}, {}}));
  }
  void end(bool /*object*/) override { open_.pop_back(); }
  void member(const std::string& name) override { open_.back()->keys.push_back(name); }

  [[noreturn]] void refuse_text(std::size_t /*byte*/, std::string_view why) const override {
    throw InvalidArgument("JSON: " + std::string(why));
  }
  [[noreturn]] void refuse_depth() const override {
    throw InvalidArgument(
        json_complaint(place(), "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels"));
  }
  [[noreturn]] void refuse_repeated(const std::string& name) const override {
    throw InvalidArgument(
        json_complaint(place(), "the key '" + shortened(name) + "' appears twice"));
  }

  bool add(Kind kind, std::string text) {
    put({kind, std::move(text), {}, {}});
    return true;
  }

  JsonValue& put(JsonValue value) {
    if (open_.empty()) return root_ = std::move(value);
    return open_.back()->values.emplace_back(std::move(value));
  }

  /// Where the value that is open stands.
  [[nodiscard]] std::string place() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const JsonValue& value = *open_[i];
      out = value.kind == Kind::object ? json_pointer(out, value.keys.back())
                                       : json_pointer(out, value.values.size() - 1);
    }
    return out;
  }

  JsonValue root_;
  std::vector<JsonValue*> open_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == key) return &values[i];
  }
  return nullptr;
}

JsonValue parse_json(std::string_view text) {
  Builder builder;
  builder.read(text);
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
