// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/dtype.hpp"
#include "seqfeat/fingerprint.hpp"

// Integers are hashed as their decimal text, as TensorFlow does. The text is formed in registers.

namespace seqfeat {

/// Four decimal digits of `v` < 10^4 with leading zeros, the first in the low byte, without the '0'
/// that makes them text.
[[nodiscard]] SEQFEAT_HD constexpr std::uint32_t four_digits(std::uint32_t v) noexcept {
  // 2 + 2 digits, then single ones, side by side in one register.
  const std::uint32_t hundreds = (v * 5243) >> 19;
  const std::uint32_t twos = hundreds | ((v - hundreds * 100) << 16);
  const std::uint32_t tens = ((twos * 103) >> 10) & 0x000f000f;
  return tens | ((twos - tens * 10) << 8);
}

/// An integer's decimal text: at most 20 characters, `-` in front of negatives, no other sign. It
/// ends where the 20 characters of `words` end; hash_0_to_32 asks it for its ends.
struct Decimal {
  static constexpr unsigned kWords = 5;

  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::array is for the host
  std::uint32_t words[kWords];
  std::uint32_t skip;  ///< Characters in front of the text.

  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t size() const noexcept {
    return 4 * kWords - skip;
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t first() const noexcept {
    return shifted(word(0), word(1), word(2));
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t second() const noexcept {
    return shifted(words[2], words[3], words[4]);  // of 17 and more characters
  }
  [[nodiscard]] SEQFEAT_HD static constexpr std::uint64_t pair(std::uint32_t low,
                                                               std::uint32_t high) noexcept {
    return std::uint64_t{high} << 32 | low;
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t third() const noexcept {
    return pair(words[1], words[2]);
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t last() const noexcept {
    return pair(size() >= 8 ? words[3] : words[4], words[4]);
  }
  /// The 8 characters from the i-th on, a multiple of 4; 0 behind the last.
  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t dword(std::int64_t i) const noexcept {
    const auto from = skip / 4 + static_cast<std::uint32_t>(i) / 4;
    return shifted(word_at(from), word_at(from + 1), word_at(from + 2));
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t byte(std::int64_t i) const noexcept {
    return static_cast<std::uint32_t>(dword(i / 4 * 4) >> i % 4 * 8) & 0xff;
  }

 private:
  /// Word `w`; 0 behind the last. Without an index or a loop, so that the words stay in registers
  /// wherever it is asked for.
  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t word_at(std::uint32_t w) const noexcept {
    std::uint32_t found = w == 0 ? words[0] : 0;
    found = w == 1 ? words[1] : found;
    found = w == 2 ? words[2] : found;
    found = w == 3 ? words[3] : found;
    return w == 4 ? words[4] : found;
  }
  /// The word `i` behind the one in which the text begins; 0 behind the last.
  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t word(unsigned i) const noexcept {
    std::uint32_t found = 0;
    for (unsigned w = i; w < kWords; ++w) found = skip / 4 + i == w ? words[w] : found;
    return found;
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t shifted(std::uint32_t a, std::uint32_t b,
                                                           std::uint32_t c) const noexcept {
    const std::uint32_t bits = skip % 4 * 8;
    return pair(static_cast<std::uint32_t>(pair(a, b) >> bits),
                static_cast<std::uint32_t>(pair(b, c) >> bits));
  }
};

/// The decimal text of a magnitude, with a `-` in front if asked for.
[[nodiscard]] SEQFEAT_HD constexpr Decimal decimal(std::uint64_t magnitude,
                                                   bool negative) noexcept {
  // Groups of 4, 8 and 8 digits. Compilers multiply to divide by a constant; 10^8 is 2^8 * 390625,
  // and a quotient below 2^38 is divided in 32 bits that way.
  constexpr std::uint32_t kGroup = 100000000;
  const std::uint64_t upper = magnitude / kGroup;
  const std::uint32_t high = static_cast<std::uint32_t>(upper >> 8) / (kGroup >> 8);
  const std::uint32_t middle = static_cast<std::uint32_t>(upper) - high * kGroup;
  const std::uint32_t low =
      static_cast<std::uint32_t>(magnitude) - static_cast<std::uint32_t>(upper) * kGroup;
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): likewise
  const std::uint32_t values[] = {high, middle / 10000, middle % 10000, low / 10000, low % 10000};
  Decimal text{};
  std::uint32_t leading = 0;  // the value of the first word with a digit that is not 0
  for (unsigned w = Decimal::kWords; w-- > 0;) {
    constexpr std::uint32_t kZeros = 0x30303030;
    text.words[w] = four_digits(values[w]) + kZeros;
    const bool here = values[w] != 0 || w == Decimal::kWords - 1;
    leading = here ? values[w] : leading;
    text.skip = here ? 4 * w : text.skip;
  }
  text.skip += static_cast<std::uint32_t>(leading < 10) +
               static_cast<std::uint32_t>(leading < 100) +
               static_cast<std::uint32_t>(leading < 1000);
  if (negative) {
    --text.skip;
    for (unsigned w = 0; w < Decimal::kWords; ++w) {
      const std::uint32_t sign = std::uint32_t{'0' ^ '-'} << text.skip % 4 * 8;
      text.words[w] ^= text.skip / 4 == w ? sign : 0;
    }
  }
  return text;
}

/// The decimal text of an integer; `bits` as `integer_at` gives them.
[[nodiscard]] SEQFEAT_HD constexpr Decimal decimal_of_integer(std::int64_t bits,
                                                              DType dtype) noexcept {
  const bool negative = bits < 0 && dtype != DType::uint64;
  const auto magnitude = static_cast<std::uint64_t>(bits);
  return decimal(negative ? 0 - magnitude : magnitude, negative);
}

/// Fingerprint64 of an integer's decimal text, which never reaches the classes above 32 bytes;
/// `bits` as `integer_at` gives them.
[[nodiscard]] SEQFEAT_HD inline std::uint64_t fingerprint64_of_integer(std::int64_t bits,
                                                                       DType dtype) noexcept {
  const Decimal text = decimal_of_integer(bits, dtype);
  return farm::hash_0_to_32(text, text.size());
}

}  // namespace seqfeat
