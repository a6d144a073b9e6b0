// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "spec/json_tree.hpp"

namespace seqfeat {

/// Base of the readers that take JSON event by event. Guards all of them against NUL bytes, deep
/// nesting and keys that appear twice in an object. Each reader words its own errors.
class JsonReader : public nlohmann::json::json_sax_t {
 public:
  /// Reads the whole of `text` as one value.
  void read(std::string_view text) {
    // The parser takes NUL for the end of its input, and would not look at what follows.
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
      const std::string_view before = text.substr(0, nul);
      const auto line = 1 + std::count(before.begin(), before.end(), '\n');
      refuse_text(nul + 1, "parse error at line " + std::to_string(line) + ", column " +
                               std::to_string(nul - before.rfind('\n')) + ": a NUL");
    }
    nlohmann::json::json_sax_t& events = *this;
    nlohmann::json::sax_parse(text.begin(), text.end(), &events);
  }

 protected:
  /// How many lists and objects are open.
  [[nodiscard]] std::size_t depth() const noexcept { return keys_.size(); }

 private:
  /// A list or an object begins or ends; `depth()` does not count it.
  virtual void begin(bool object) = 0;
  virtual void end(bool object) = 0;
  /// A member of the innermost object begins.
  virtual void member(const std::string& name) = 0;

  /// Throws: the text is malformed at `byte`, counted from 1.
  [[noreturn]] virtual void refuse_text(std::size_t byte, std::string_view why) const = 0;
  /// Throws: a value is nested deeper than kMaxJsonDepth.
  [[noreturn]] virtual void refuse_depth() const = 0;
  /// Throws: the innermost object has the key `name` twice.
  [[noreturn]] virtual void refuse_repeated(const std::string& name) const = 0;

  bool start(bool object) {
    if (depth() == kMaxJsonDepth) refuse_depth();
    begin(object);
    keys_.emplace_back();
    return true;
  }
  bool finish(bool object) {
    keys_.pop_back();
    end(object);
    return true;
  }
  bool start_object(std::size_t /*size*/) final { return start(true); }
  bool start_array(std::size_t /*size*/) final { return start(false); }
  bool end_object() final { return finish(true); }
  bool end_array() final { return finish(false); }
  bool key(std::string& name) final {
    if (!keys_.back().insert(name).second) refuse_repeated(name);
    member(name);
    return true;
  }
  bool binary(nlohmann::json::binary_t& /*value*/) final { return false; }  // not in JSON text
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& error) final {
    const std::string_view what = error.what();  // "[json.exception.… ] parse error at line 1, …"
    const std::size_t name = what.find("] ");
    refuse_text(position, shortened(name == what.npos ? what : what.substr(name + 2)));
    return false;
  }

  std::vector<std::set<std::string>> keys_;  // of each list (none) and object that is open
};

}  // namespace seqfeat
