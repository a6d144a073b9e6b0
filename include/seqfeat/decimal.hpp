// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/modulo.hpp"

// Integers are hashed as their decimal text, as TensorFlow does. The text is formed in registers.

namespace seqfeat {

/// Up to 24 bytes in three registers, readable like memory.
class RegisterBytes {
 public:
  /// Puts `byte` in front of the others. At most 24 in all.
  SEQFEAT_HD constexpr void push_front(std::uint64_t byte) noexcept {
    high_ = (high_ << 8) | (middle_ >> 56);
    middle_ = (middle_ << 8) | (low_ >> 56);
    low_ = (low_ << 8) | byte;
  }
  /// Puts the eight bytes of `word` in front of the others.
  SEQFEAT_HD constexpr void push_front_8(std::uint64_t word) noexcept {
    high_ = middle_;
    middle_ = low_;
    low_ = word;
  }

  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t dword(std::int64_t i) const noexcept {
    const bool upper = i >= 8;
    const std::uint64_t a = upper ? middle_ : low_;
    const std::uint64_t b = upper ? high_ : middle_;
    const int bits = static_cast<int>(i & 7) * 8;
    // Two shifts, for a shift by 64 has no meaning.
    return i >= 16 ? high_ >> bits : (a >> bits) | ((b << 1) << (63 - bits));
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t word(std::int64_t i) const noexcept {
    return static_cast<std::uint32_t>(dword(i));
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t byte(std::int64_t i) const noexcept {
    return static_cast<std::uint32_t>(dword(i)) & 0xff;
  }

 private:
  std::uint64_t low_ = 0, middle_ = 0, high_ = 0;
};

/// An integer's decimal text: at most 20 characters, `-` in front of negatives, no other sign.
struct Decimal {
  RegisterBytes bytes;
  std::int64_t size;
};

/// Eight decimal digits of `v` < 10^8 as text with leading zeros, the first digit in the low byte.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t eight_digits(std::uint32_t v) noexcept {
  // Split 8 digits into 4 + 4, then 2 + 2 + 2 + 2, then single ones, side by side in one register.
  const std::uint64_t hi = (std::uint64_t{v} * 3518437209) >> 45;  // v / 10^4
  const std::uint64_t fours = hi | ((v - hi * 10000) << 32);
  const std::uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;  // each / 100
  const std::uint64_t twos = hundreds | ((fours - hundreds * 100) << 16);
  const std::uint64_t tens = ((twos * 103) >> 10) & 0x000f000f000f000f;  // each / 10
  return (tens | ((twos - tens * 10) << 8)) + 0x3030303030303030;
}

/// The decimal text of a magnitude, with a `-` in front if asked for.
[[nodiscard]] SEQFEAT_HD constexpr Decimal decimal(std::uint64_t magnitude,
                                                   bool negative) noexcept {
  constexpr FastModulo by_1e8(100000000);
  Decimal text{};
  // Whole groups of eight digits from the end, then the digits in front without leading zeros.
  while (magnitude >= 100000000) {
    const auto [quotient, group] = by_1e8.divide(magnitude);
    text.bytes.push_front_8(eight_digits(static_cast<std::uint32_t>(group)));
    text.size += 8;
    magnitude = quotient;
  }
  const auto front = static_cast<std::uint32_t>(magnitude);
  std::uint64_t digits = eight_digits(front);
  const int count = 1 + (front >= 10) + (front >= 100) + (front >= 1000) + (front >= 10000) +
                    (front >= 100000) + (front >= 1000000) + (front >= 10000000);
  for (int i = 0; i < count; ++i) {
    text.bytes.push_front(digits >> 56);
    digits <<= 8;
  }
  text.size += count;
  if (negative) {
    text.bytes.push_front('-');
    ++text.size;
  }
  return text;
}

/// Fingerprint64 of a decimal text, which never reaches the classes above 32 bytes.
[[nodiscard]] SEQFEAT_HD inline std::uint64_t fingerprint64(const Decimal& text) noexcept {
  return text.size <= 16 ? farm::hash_0_to_16(text.bytes, text.size)
                         : farm::hash_17_to_32(text.bytes, text.size);
}

/// Fingerprint64 of a signed integer's decimal text.
[[nodiscard]] SEQFEAT_HD inline std::uint64_t fingerprint64_of(std::int64_t value) noexcept {
  const auto bits = static_cast<std::uint64_t>(value);
  return fingerprint64(decimal(value < 0 ? 0 - bits : bits, value < 0));
}

/// Fingerprint64 of an unsigned integer's decimal text.
[[nodiscard]] SEQFEAT_HD inline std::uint64_t fingerprint64_of(std::uint64_t value) noexcept {
  return fingerprint64(decimal(value, false));
}

}  // namespace seqfeat
