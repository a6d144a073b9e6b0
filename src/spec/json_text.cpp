// SPDX-License-Identifier: Apache-2.0
#include "spec/json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "seqfeat/error.hpp"
#include "spec/utf8.hpp"

namespace seqfeat {
std::string json_string(std::string_view text) {
  if (const std::size_t good = utf8_prefix(text); good != text.size()) {
    throw InvalidArgument("JSON text must be UTF-8, got a malformed sequence at byte " +
                          std::to_string(good) + " of " + std::to_string(text.size()));
  }
  return nlohmann::json(text).dump();
}

std::string json_number(double value) {
  if (value == 0) value = 0;  // -0 equals 0, so it must be written like it
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string out(digits.data(), end);
  if (std::isfinite(value) && out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

}  // namespace seqfeat
