// SPDX-License-Identifier: Apache-2.0
#include "run/advisor/hyperloglog.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "run/advisor/flat_map.hpp"

namespace seqfeat::run {
namespace {

// Both series are summed until the next term changes nothing.

/// x + sum over k >= 1 of x^(2^k) 2^(k - 1): what registers that are still 0 stand for.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1;
  double sum = x;
  for (double before = -1; before != sum;) {
    x *= x;
    before = sum;
    sum += x * y;
    y += y;
  }
  return sum;
}

/// (1 - x - sum over k >= 1 of (1 - x^(2^-k))^2 2^-k) / 3: the same for registers at the end.
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double sum = 1 - x;
  for (double before = -1; before != sum;) {
    x = std::sqrt(x);
    before = sum;
    y /= 2;
    sum -= (1 - x) * (1 - x) * y;
  }
  return sum / 3;
}

}  // namespace

void HyperLogLog::add(std::uint64_t fingerprint) noexcept {
  const std::uint64_t bits = mixed(fingerprint);
  // The first one among the bits behind the index; a one at the end bounds the search.
  const std::uint64_t rest = (bits << kIndexBits) | (std::uint64_t{1} << (kIndexBits - 1));
  const auto rank = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
  std::uint8_t& value = registers_[bits >> (64 - kIndexBits)];
  value = std::max(value, rank);
}

void HyperLogLog::merge(std::span<const std::uint8_t> registers) noexcept {
  std::transform(registers.begin(), registers.end(), registers_.begin(), registers_.begin(),
                 [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
}

double HyperLogLog::estimate() const {
  std::array<double, kLargest + 1> count{};  // registers of each value
  for (const std::uint8_t value : registers_) count.at(value) += 1;
  const auto m = static_cast<double>(kRegisters);
  double z = m * tau(1 - count.back() / m);
  for (std::size_t k = kLargest - 1; k >= 1; --k) z = (z + count.at(k)) / 2;
  z += m * sigma(count.front() / m);
  return m * m / (2 * std::numbers::ln2 * z);
}

}  // namespace seqfeat::run
