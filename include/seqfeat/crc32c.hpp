// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace seqfeat {

/// CRC-32C (Castagnoli) of data with the CRC `crc` followed by `bytes`. Uses the processor's
/// instruction where it has one.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes,
                                   std::uint32_t crc = 0) noexcept;

/// CRC-32C of two blocks of data, one after the other, from both CRCs and the second block's size.
[[nodiscard]] std::uint32_t crc32c_of_both(std::uint32_t first, std::uint32_t second,
                                           std::size_t second_bytes) noexcept;

/// The form in which TFRecord stores a CRC: rotated right by 15, plus a constant.
[[nodiscard]] constexpr std::uint32_t mask_crc(std::uint32_t crc) noexcept {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

}  // namespace seqfeat
