// SPDX-License-Identifier: Apache-2.0
#include "table/truncated_normal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "seqfeat/fingerprint.hpp"
#include "seqfeat/table.hpp"

// All compilers and libraries must give the same bits. So only integers and + - * / and sqrt of
// doubles are used, each rounded once and in the order written, and a last rounding to float.

namespace seqfeat {
namespace {

// Made by tools/fit_truncated_normal.py; from the constant term up, in powers of v * v.
constexpr std::array kTop = {1.1962880138222975,   -4.0894616767157324, 5.4780633058952981,
                             -3.5943639040750286,  1.1662936256580607,  -0.16067355952249307,
                             0.0050715369684166192};
constexpr std::array kBottom = {1.0,
                                -3.6569766080071382,
                                5.3320001184740704,
                                -3.9133270423916797,
                                1.4908894995799251,
                                -0.26812711250039412,
                                0.016149815860637424};

double horner(const std::array<double, 7>& k, double x) noexcept {
  double sum = k[6];
  for (std::size_t i = 6; i-- > 0;) sum = sum * x + k[i];
  return sum;
}

PhiloxCounter halves(std::uint64_t high, std::uint64_t low) noexcept {
  return {{static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32),
           static_cast<std::uint32_t>(high), static_cast<std::uint32_t>(high >> 32)}};
}

/// 64 random bits as the middle of one of the 2^53 equal parts of (-1, 1): exact and symmetric.
double uniform(std::uint64_t bits) noexcept {
  const std::int64_t part = static_cast<std::int64_t>(bits) >> 11;
  return (static_cast<double>(part) + 0.5) * 0x1p-52;
}

}  // namespace

double truncated_normal_quantile(double v) noexcept {
  const double x = v * v;
  return v * (horner(kTop, x) / horner(kBottom, x));
}

TruncatedNormalTable::TruncatedNormalTable(const TruncatedNormal& distribution,
                                           std::int64_t dimension, std::string_view name) noexcept
    : key_(philox_key(distribution.seed, fingerprint64(name))),
      mean_(distribution.mean),
      stddev_(distribution.stddev ? *distribution.stddev
                                  : 1.0 / std::sqrt(static_cast<double>(dimension))) {}

void TruncatedNormalTable::fill(std::int64_t row, std::int64_t column,
                                std::span<float> out) const noexcept {
  constexpr std::size_t kBlock = 64;  // random bits first, arithmetic second: both vectorise
  std::array<std::uint64_t, kBlock> bits;
  for (std::size_t at = 0; at < out.size(); at += kBlock) {
    const std::size_t count = std::min(kBlock, out.size() - at);
    const std::uint64_t first = static_cast<std::uint64_t>(column) + at;
    for (std::size_t i = 0; i < count; ++i) {
      const PhiloxCounter random =
          philox4x32_10(halves(first + i, static_cast<std::uint64_t>(row)), key_);
      bits[i] = random[0] | (std::uint64_t{random[1]} << 32);
    }
    for (std::size_t i = 0; i < count; ++i) {
      out[at + i] =
          static_cast<float>(mean_ + stddev_ * truncated_normal_quantile(uniform(bits[i])));
    }
  }
}

float truncated_normal(const TruncatedNormal& distribution, std::int64_t dimension,
                       std::string_view name, std::int64_t row, std::int64_t column) {
  float out = 0;
  TruncatedNormalTable(distribution, dimension, name).fill(row, column, {&out, 1});
  return out;
}

}  // namespace seqfeat
