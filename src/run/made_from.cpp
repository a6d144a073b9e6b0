// SPDX-License-Identifier: Apache-2.0
#include "run/made_from.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "backend/concat.hpp"
#include "run/text.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/fingerprint.hpp"
#include "spec/json_text.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

std::string hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return {digits.data(), end};
}

/// `["a","b"]`: unlike a list with commas it cannot be read in two ways.
std::string json_list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() > 1 ? "," : "") + json_string(item);
  return text + "]";
}

std::string describe_inputs(const Input& input) {
  std::vector<std::string> items;
  for (const InputFile& file : input.files) {
    // The name without its folder: a copy of the input elsewhere gives the same bytes.
    const std::string name = std::filesystem::path(file.name).filename().string();
    items.push_back(
        concat(utf8_or_escaped(name), ":", file.bytes ? std::to_string(*file.bytes) : "?"));
  }
  return json_list(items);
}

}  // namespace

std::string hash_of_table(std::span<const std::byte> bytes) {
  constexpr std::size_t kWhole = std::size_t{64} << 20;
  constexpr std::size_t kBlock = 4096;
  constexpr std::size_t kBlocks = kWhole / kBlock;
  std::uint32_t crc = 0;
  if (bytes.size() <= kWhole) {
    crc = crc32c(bytes);
  } else {
    const std::size_t last = bytes.size() - kBlock;
    const std::size_t stride = last / (kBlocks - 1);
    for (std::size_t i = 0; i < kBlocks; ++i) {
      crc = crc32c(bytes.subspan(i + 1 == kBlocks ? last : i * stride, kBlock), crc);
    }
  }
  return concat("crc32c:", hex(crc));
}

MadeFrom made_from(const RunOptions& options, const Tables& tables) {
  std::vector<std::string> origins;
  for (const auto& [column, origin] : tables.origins) {
    origins.push_back(concat(column, "=", origin));
  }
  return {
      {"seqfeat", "part 1"},
      {"spec", "fingerprint64:" + hex(fingerprint64(to_json(options.spec)))},
      {"tables", json_list(origins)},
      {"batch_size", std::to_string(options.batch_size)},
      {"emit", json_list(options.emit.names())},
      {"keep", json_list(options.keep)},
      {"input_format", std::string(to_string(options.input.format))},
      {"inputs", describe_inputs(options.input)},
  };
}

void check_same(const MadeFrom& expected, const MadeFrom& found, const std::string& place) {
  for (const auto& [name, value] : expected) {
    const auto other = found.find(name);
    if (other != found.end() && other->second == value) continue;
    throw InvalidArgument(concat(place, ": made with ", name, " ",
                                 other == found.end() ? "unknown" : other->second, ", expected ",
                                 value,
                                 "; --resume needs what the run began with, "
                                 "--overwrite starts anew"));
  }
}

}  // namespace seqfeat::run
