// SPDX-License-Identifier: Apache-2.0
#include "run/rejected.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>

#include "run/text.hpp"

namespace seqfeat::run {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_same_v<T, std::string>) return utf8_or_escaped(*value);
  return *value;
}

}  // namespace

Json json_of(const DataPlace& place) {
  return {{"file", or_null(place.file)},
          {"record", or_null(place.record)},
          {"offset", or_null(place.offset)},
          {"column", or_null(place.column)}};
}

std::string rejected_lines(const std::vector<DataError>& rejected) {
  std::string lines;
  for (const DataError& error : rejected) {
    Json line = json_of(error.place());
    line["reason"] = utf8_or_escaped(error.reason());
    lines += line.dump() + "\n";
  }
  return lines;
}

bool is_rejected_lines(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || json.size() != 5) return false;
    for (const char* key : {"file", "record", "offset", "column", "reason"}) {
      if (!json.contains(key)) return false;
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return true;
}

}  // namespace seqfeat::run
