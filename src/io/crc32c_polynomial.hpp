// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// Arithmetic of CRC-32C's register: polynomials over one bit modulo the Castagnoli polynomial, bits
// reversed, so that the highest bit stands for x^0.

namespace seqfeat::detail {

inline constexpr std::uint32_t kCastagnoli = 0x82f63b78;
inline constexpr std::uint32_t kOne = std::uint32_t{1} << 31;

[[nodiscard]] constexpr std::uint32_t times_x(std::uint32_t a) noexcept {
  return (a >> 1) ^ ((a & 1) != 0 ? kCastagnoli : 0);
}

[[nodiscard]] constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
  std::uint32_t product = 0;
  for (std::uint32_t bit = kOne; bit != 0; bit >>= 1, b = times_x(b)) {
    if ((a & bit) != 0) product ^= b;
  }
  return product;
}

[[nodiscard]] constexpr std::uint32_t x_to_the(std::size_t n) noexcept {
  std::uint32_t result = kOne;
  std::uint32_t power = kOne >> 1;
  for (; n != 0; n >>= 1, power = multiply(power, power)) {
    if ((n & 1) != 0) result = multiply(result, power);
  }
  return result;
}

/// Multiplying by it is what `bytes` zero bytes do to the register.
[[nodiscard]] constexpr std::uint32_t zero_bytes(std::size_t bytes) noexcept {
  return x_to_the(8 * bytes);
}

static_assert(multiply(kOne, kCastagnoli) == kCastagnoli);
static_assert(zero_bytes(1) == kOne >> 8);
static_assert(multiply(zero_bytes(3), zero_bytes(5)) == zero_bytes(8));

}  // namespace seqfeat::detail
