// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/modulo.hpp"

namespace seqfeat::detail {

/// Splits a number by a divisor >= 1 that the host knows: FastModulo, which begins at 2, and 1.
class Divisor {
 public:
  struct Split {
    std::int64_t quotient;
    std::int64_t remainder;
  };

  Divisor() noexcept : Divisor(1) {}
  explicit Divisor(std::int64_t divisor) noexcept
      : one_(divisor < 2), modulo_(one_ ? 2 : static_cast<std::uint64_t>(divisor)) {}

  [[nodiscard]] SEQFEAT_HD Split split(std::int64_t x) const noexcept {
    if (one_) return {x, 0};
    const auto [quotient, remainder] = modulo_.divide(static_cast<std::uint64_t>(x));
    return {static_cast<std::int64_t>(quotient), static_cast<std::int64_t>(remainder)};
  }

 private:
  bool one_;
  FastModulo modulo_;
};

}  // namespace seqfeat::detail
