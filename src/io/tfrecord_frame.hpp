// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "seqfeat/crc32c.hpp"

// A record's frame: length (8 bytes), its masked CRC (4), the data, its masked CRC (4).

namespace seqfeat {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are stored");

inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kFooterBytes = 4;
/// The frame is added to it, and the sum must fit an int64.
inline constexpr std::uint64_t kLargestRecord =
    std::numeric_limits<std::int64_t>::max() - (kHeaderBytes + kFooterBytes);

template <class Number>
[[nodiscard]] Number load(std::string_view bytes) noexcept {
  Number number{};
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

[[nodiscard]] inline std::uint32_t masked_crc(std::string_view bytes) noexcept {
  return mask_crc(crc32c(std::as_bytes(std::span(bytes))));
}

/// The length in a header, or nothing if the header is cut or its CRC is wrong.
[[nodiscard]] inline std::optional<std::uint64_t> length_of(std::string_view header) noexcept {
  if (header.size() < kHeaderBytes) return std::nullopt;
  if (masked_crc(header.substr(0, 8)) != load<std::uint32_t>(header.substr(8))) return std::nullopt;
  return load<std::uint64_t>(header);
}

}  // namespace seqfeat
