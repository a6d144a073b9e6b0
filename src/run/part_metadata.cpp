// SPDX-License-Identifier: Apache-2.0
#include "run/part_metadata.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "run/text.hpp"
#include "seqfeat/crc32c.hpp"

namespace seqfeat::run {

std::string crc_text(std::uint32_t crc32c) {
  std::string digits = std::to_string(crc32c);
  return digits.insert(0, 10 - digits.size(), '0');
}

Metadata part_metadata(Metadata made, const PartSource& source, const PartInfo& info,
                       std::uint32_t data_crc32c) {
  made["first_row"] = std::to_string(source.first_row);
  made["rows"] = std::to_string(source.rows);
  made["tokens"] = std::to_string(source.tokens);
  made["inputs"] = json_list(source.inputs);
  made["input_crc32c"] = std::to_string(source.input_crcs.back());
  made["steps"] = std::to_string(info.steps);
  made["slots"] = std::to_string(info.slots);
  made[kDataCrcKey] = crc_text(data_crc32c);
  made[kHeaderCrcKey] = crc_text(0);
  return made;
}

std::uint32_t header_crc(std::string json) {
  constexpr std::string_view kBefore = R"("header_crc32c":")";
  const std::size_t at = json.find(kBefore);
  if (at != std::string::npos) {
    const std::size_t digits = at + kBefore.size();
    const std::size_t end = std::min(digits + crc_text(0).size(), json.size());
    std::fill(json.begin() + static_cast<std::ptrdiff_t>(digits),
              json.begin() + static_cast<std::ptrdiff_t>(end), '0');
  }
  return crc32c(std::as_bytes(std::span(json)));
}

}  // namespace seqfeat::run
