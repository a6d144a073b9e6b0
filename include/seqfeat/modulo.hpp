// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"

namespace seqfeat {

/// The upper 64 bits of a 128-bit product.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t multiply_high(std::uint64_t a,
                                                               std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 64);
}

/// `x % divisor` and `x / divisor` without a division, exact for every x and every divisor >= 1.
///
/// With m = floor(2^64 / divisor), x / divisor - x * m / 2^64 lies in [0, 1), so the upper half of
/// x * m is the quotient or one less, and one correction makes it exact. (For a divisor of 1, m is
/// 2^64 - 1 all the same: what it says too little is less than 1, too.)
class FastModulo {
 public:
  FastModulo() = default;

  /// Takes a divisor of at least 1.
  SEQFEAT_HD constexpr explicit FastModulo(std::uint64_t divisor) noexcept
      : divisor_(divisor), reciprocal_(~std::uint64_t{0} / divisor) {
    // floor((2^64 - 1) / d) is floor(2^64 / d), unless d divides 2^64.
    if (divisor > 1 && (divisor & (divisor - 1)) == 0) ++reciprocal_;
  }

  struct Result {
    std::uint64_t quotient;
    std::uint64_t remainder;
  };

  [[nodiscard]] SEQFEAT_HD constexpr Result divide(std::uint64_t x) const noexcept {
    const std::uint64_t quotient = multiply_high(x, reciprocal_);
    const std::uint64_t remainder = x - quotient * divisor_;
    const bool over = remainder >= divisor_;
    return {over ? quotient + 1 : quotient, over ? remainder - divisor_ : remainder};
  }
  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t operator()(std::uint64_t x) const noexcept {
    return divide(x).remainder;
  }
  /// The remainder by a divisor of at most kMost32: what is left before the correction, below twice
  /// the divisor, fits 32 bits, so nothing but the multiply-high needs more.
  [[nodiscard]] SEQFEAT_HD constexpr std::uint32_t remainder_32(std::uint64_t x) const noexcept {
    const auto quotient = static_cast<std::uint32_t>(multiply_high(x, reciprocal_));
    const auto divisor = static_cast<std::uint32_t>(divisor_);
    const std::uint32_t remainder = static_cast<std::uint32_t>(x) - quotient * divisor;
    return remainder >= divisor ? remainder - divisor : remainder;
  }
  static constexpr std::uint64_t kMost32 = std::uint64_t{1} << 31;

  [[nodiscard]] SEQFEAT_HD constexpr std::uint64_t divisor() const noexcept { return divisor_; }

  friend constexpr bool operator==(const FastModulo&, const FastModulo&) = default;

 private:
  std::uint64_t divisor_ = 2;
  std::uint64_t reciprocal_ = std::uint64_t{1} << 63;
};

static_assert(FastModulo(10)(~std::uint64_t{0}) == ~std::uint64_t{0} % 10);
static_assert(FastModulo(3)(~std::uint64_t{0} - 1) == (~std::uint64_t{0} - 1) % 3);
static_assert(FastModulo(1)(~std::uint64_t{0}) == 0 && FastModulo(1).remainder_32(7) == 0);
static_assert(FastModulo(1ull << 40)(~std::uint64_t{0}) == (1ull << 40) - 1);
static_assert(FastModulo(FastModulo::kMost32 - 1).remainder_32(~std::uint64_t{0}) ==
              ~std::uint64_t{0} % (FastModulo::kMost32 - 1));
static_assert(FastModulo(~0ull >> 1).divide(~0ull).quotient == 2);

}  // namespace seqfeat
