// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// Serialized tf.Examples, put together field by field, well-formed or not.

namespace seqfeat::test {

[[nodiscard]] inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

[[nodiscard]] inline std::string field(std::uint32_t number, std::string_view bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

[[nodiscard]] inline std::string number_field(std::uint32_t number, std::int64_t value) {
  return varint(number << 3) + varint(static_cast<std::uint64_t>(value));
}

// Features of each kind.

[[nodiscard]] inline std::string strings(std::initializer_list<std::string_view> values) {
  std::string list;
  for (const std::string_view value : values) list += field(1, value);
  return field(1, list);
}

[[nodiscard]] inline std::string integers(std::initializer_list<std::int64_t> values) {
  std::string packed;
  for (const std::int64_t value : values) packed += varint(static_cast<std::uint64_t>(value));
  return field(3, field(1, packed));
}

[[nodiscard]] inline std::string floats(std::initializer_list<float> values) {
  std::string packed;
  for (const float value : values) {
    packed.append(sizeof value, '\0');
    std::memcpy(packed.data() + packed.size() - sizeof value, &value, sizeof value);
  }
  return field(2, field(1, packed));
}

/// An entry of a map.
[[nodiscard]] inline std::string entry(std::string_view key, std::string_view value) {
  return field(1, field(1, key) + field(2, value));
}

/// An Example of entries; of a SequenceExample its context.
[[nodiscard]] inline std::string example(std::initializer_list<std::string> entries) {
  std::string features;
  for (const std::string& one : entries) features += one;
  return field(1, features);
}

/// A FeatureList of features.
[[nodiscard]] inline std::string list(std::initializer_list<std::string> features) {
  std::string bytes;
  for (const std::string& feature : features) bytes += field(1, feature);
  return bytes;
}

/// The feature lists of a SequenceExample.
[[nodiscard]] inline std::string lists(std::initializer_list<std::string> entries) {
  std::string maps;
  for (const std::string& one : entries) maps += one;
  return field(2, maps);
}

}  // namespace seqfeat::test
