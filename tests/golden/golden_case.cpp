// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/golden_case.hpp"

#include <array>

#include "seqfeat/error.hpp"

namespace seqfeat::golden {
namespace {

/// The class of an exception of the library; of all others "another exception".
std::string_view class_of(const std::exception& thrown) {
  if (dynamic_cast<const InvalidArgument*>(&thrown) != nullptr) return "InvalidArgument";
  if (dynamic_cast<const DataError*>(&thrown) != nullptr) return "DataError";
  if (dynamic_cast<const IoError*>(&thrown) != nullptr) return "IoError";
  if (dynamic_cast<const DeviceUnavailable*>(&thrown) != nullptr) return "DeviceUnavailable";
  if (dynamic_cast<const OutOfMemory*>(&thrown) != nullptr) return "OutOfMemory";
  if (dynamic_cast<const CudaError*>(&thrown) != nullptr) return "CudaError";
  return "another exception";
}

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

}  // namespace

const Json& member(const Json& object, std::string_view key) {
  if (!object.is_object() || !object.contains(key)) {
    throw BadCase("the case has no '" + std::string(key) + "' where one belongs");
  }
  return object.at(key);
}

std::string Case::name() const {
  const Json& name = member(*json_, "name");
  if (!name.is_string()) throw BadCase("the case's name is no string");
  return name.get<std::string>();
}

std::string Case::kind() const {
  const Json& kind = member(*json_, "kind");
  if (!kind.is_string()) throw BadCase("the case's kind is no string");
  return kind.get<std::string>();
}

const Json& Case::answer() const {
  return has("ours") ? input("ours") : input("expect");
}

const Json& Case::expected(std::string_view key) const {
  if (wants_error()) throw Difference("got an answer, expected " + answer().at("error").dump());
  return member(answer(), key);
}

void compare_error(const Case& c, const std::exception& thrown) {
  const std::string got = std::string(class_of(thrown)) + ' ' + quoted(thrown.what());
  if (!c.wants_error()) throw Difference("got " + got + ", expected an answer");
  const Json& error = c.answer().at("error");
  const Json& kinds = member(error, "kinds");
  bool known = false;
  for (const Json& kind : kinds) known = known || kind == class_of(thrown);
  if (!known) throw Difference("got " + got + ", expected one of " + kinds.dump());
  for (const Json& name : member(error, "names")) {
    if (std::string_view(thrown.what()).find(name.get<std::string>()) == std::string_view::npos) {
      throw Difference("got " + got + ", expected a message with " + name.dump());
    }
  }
}

void hold_against(const Case& c, std::string_view route, const std::function<void()>& body) {
  try {
    try {
      body();
    } catch (const Error& thrown) {
      compare_error(c, thrown);
      return;
    }
    if (c.wants_error()) {
      throw Difference("got an answer, expected " + c.answer().at("error").dump());
    }
  } catch (const Difference& difference) {
    throw Difference(std::string(route) + ": " + difference.what());
  }
}

}  // namespace seqfeat::golden
