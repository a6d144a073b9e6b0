// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/tfrecord_frame.hpp"

// TFRecords put together by hand, with true CRCs and any length.

namespace seqfeat::test {

template <class Number>
[[nodiscard]] std::string little_endian(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

/// A record that says it holds `length` bytes, and holds `data`.
[[nodiscard]] inline std::string framed(std::uint64_t length, std::string_view data) {
  const std::string header = little_endian(length);
  return header + little_endian(masked_crc(header)) + std::string(data) +
         little_endian(masked_crc(data));
}

/// A whole record.
[[nodiscard]] inline std::string framed(std::string_view data) {
  return framed(data.size(), data);
}

}  // namespace seqfeat::test
