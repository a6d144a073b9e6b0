// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/crc32c.hpp"

#include <array>
#include <cstring>

#include "io/crc32c_kernels.hpp"
#include "io/crc32c_polynomial.hpp"

namespace seqfeat {
namespace detail {
namespace {

using Table = std::array<std::uint32_t, 256>;

/// tables[k][b]: what byte b does to the register once k more bytes have passed.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t state = b;
    for (int bit = 0; bit < 8; ++bit) state = times_x(state);
    tables[0][b] = state;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t before = tables[k - 1][b];
      tables[k][b] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = make_tables();

}  // namespace

std::uint32_t crc32c_by_table(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  const auto at = [](std::size_t k, std::uint64_t word, int shift) {
    return kTables[k][(word >> shift) & 0xff];
  };
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    word ^= state;
    state = at(7, word, 0) ^ at(6, word, 8) ^ at(5, word, 16) ^ at(4, word, 24) ^ at(3, word, 32) ^
            at(2, word, 40) ^ at(1, word, 48) ^ at(0, word, 56);
    bytes = bytes.subspan(8);
  }
  for (const std::byte byte : bytes) {
    state = (state >> 8) ^ kTables[0][(state ^ static_cast<std::uint32_t>(byte)) & 0xff];
  }
  return state;
}

}  // namespace detail

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) noexcept {
  static const bool kFolding = detail::has_crc32c_folding();
  static const bool kInstruction = detail::has_crc32c_instruction();
  if (kFolding && bytes.size() >= detail::kLeastFolded) {
    return ~detail::crc32c_by_folding(~crc, bytes);
  }
  return ~(kInstruction ? detail::crc32c_by_instruction(~crc, bytes)
                        : detail::crc32c_by_table(~crc, bytes));
}

std::uint32_t crc32c_of_both(std::uint32_t first, std::uint32_t second,
                             std::size_t second_bytes) noexcept {
  return detail::multiply(detail::zero_bytes(second_bytes), first) ^ second;
}

}  // namespace seqfeat
