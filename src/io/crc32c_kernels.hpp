// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// The ways to compute CRC-32C, separate so that tests can compare them. All take and return the
// register, that is the inverted CRC.

namespace seqfeat::detail {

/// With tables, on any processor.
[[nodiscard]] std::uint32_t crc32c_by_table(std::uint32_t state,
                                            std::span<const std::byte> bytes) noexcept;

/// Whether there is an instruction for it that may be used.
[[nodiscard]] bool has_crc32c_instruction() noexcept;

/// With that instruction; only where there is one.
[[nodiscard]] std::uint32_t crc32c_by_instruction(std::uint32_t state,
                                                  std::span<const std::byte> bytes) noexcept;

/// Whether there are multiplications of polynomials, four pairs at once, that may be used.
[[nodiscard]] bool has_crc32c_folding() noexcept;

/// With those multiplications; only where there are any, and not for less than `kLeastFolded`
/// bytes: up to a word the instruction is quicker.
[[nodiscard]] std::uint32_t crc32c_by_folding(std::uint32_t state,
                                              std::span<const std::byte> bytes) noexcept;
inline constexpr std::size_t kLeastFolded = 9;

}  // namespace seqfeat::detail
