// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

// One case of a golden file: what goes in, what should come out. README.md has the form.

namespace seqfeat::golden {

using Json = nlohmann::json;

/// The library's answer is another one than the case expects.
class Difference : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The case cannot be understood; never what a case expects.
class BadCase : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The member `key` of `object`; a name may hold any byte.
///
/// Throws   BadCase naming the key.
[[nodiscard]] const Json& member(const Json& object, std::string_view key);

/// A view of a case inside its file's JSON.
class Case {
 public:
  /// `tensors` are those of the file that cases refer to by name.
  Case(const Json& json, const Json& tensors) : json_(&json), tensors_(&tensors) {}

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string kind() const;
  [[nodiscard]] const Json& json() const noexcept { return *json_; }
  [[nodiscard]] bool has(std::string_view key) const { return json_->contains(key); }
  [[nodiscard]] const Json& input(std::string_view key) const { return member(*json_, key); }
  [[nodiscard]] const Json& tensors() const noexcept { return *tensors_; }

  /// seqfeat's own answer where the case has one, else TensorFlow's.
  [[nodiscard]] const Json& answer() const;
  [[nodiscard]] bool wants_error() const { return answer().contains("error"); }

  /// A part of the answer. Throws Difference if the answer is an error.
  [[nodiscard]] const Json& expected(std::string_view key) const;

 private:
  const Json* json_;
  const Json* tensors_;
};

/// Runs `body`, which compares what it computes; an exception of the library is compared with the
/// case's error.
///
/// Throws   Difference with the name of the `route` in front.
void hold_against(const Case& c, std::string_view route, const std::function<void()>& body);

/// Throws Difference unless `thrown` is of a class that the case's error names, with a message that
/// contains each of its `names`.
void compare_error(const Case& c, const std::exception& thrown);

}  // namespace seqfeat::golden
