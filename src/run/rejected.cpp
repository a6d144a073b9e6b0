// SPDX-License-Identifier: Apache-2.0
#include "run/rejected.hpp"

#include <nlohmann/json.hpp>

#include "run/text.hpp"

namespace seqfeat::run {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(utf8_or_escaped(*text)) : Json(nullptr);
}

}  // namespace

std::string rejected_lines(const std::vector<DataError>& rejected) {
  std::string lines;
  for (const DataError& error : rejected) {
    const DataPlace& place = error.place();
    const Json line{{"file", text_or_null(place.file)},
                    {"record", number_or_null(place.record)},
                    {"offset", number_or_null(place.offset)},
                    {"column", text_or_null(place.column)},
                    {"reason", utf8_or_escaped(error.reason())}};
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
