// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cpu/elements.hpp"

// Rows in blocks of a known width, so that the compiler makes vectors of whatever size the machine
// has: every element is calculated as it would be alone.

// Stands before a loop over the elements of a block: none depends on another, and the loop is to
// become vectors rather than a row of single operations.
#if defined(__GNUC__) && !defined(__clang__)
#define SEQFEAT_ELEMENTS _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#else
#define SEQFEAT_ELEMENTS
#endif

namespace seqfeat::cpu {

/// Neighbouring floats of a row.
template <int kWidth>
struct Floats {
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::array is not seen through as well
  float at[std::size_t{kWidth}];

  friend Floats operator+(const Floats& a, const Floats& b) noexcept {
    Floats out;
    SEQFEAT_ELEMENTS
    for (int i = 0; i < kWidth; ++i) out.at[i] = a.at[i] + b.at[i];
    return out;
  }
  friend Floats operator-(const Floats& a, const Floats& b) noexcept {
    Floats out;
    SEQFEAT_ELEMENTS
    for (int i = 0; i < kWidth; ++i) out.at[i] = a.at[i] - b.at[i];
    return out;
  }
  friend Floats operator*(const Floats& a, const Floats& b) noexcept {
    Floats out;
    SEQFEAT_ELEMENTS
    for (int i = 0; i < kWidth; ++i) out.at[i] = a.at[i] * b.at[i];
    return out;
  }
  friend Floats operator*(const Floats& a, float b) noexcept {
    Floats out;
    SEQFEAT_ELEMENTS
    for (int i = 0; i < kWidth; ++i) out.at[i] = a.at[i] * b;
    return out;
  }
  friend Floats operator/(const Floats& a, float b) noexcept {
    Floats out;
    SEQFEAT_ELEMENTS
    for (int i = 0; i < kWidth; ++i) out.at[i] = a.at[i] / b;
    return out;
  }
};

/// Stored elements as floats.
template <int kWidth, class Element>
[[nodiscard]] [[gnu::always_inline]] inline Floats<kWidth> load_floats(
    const Element* from) noexcept {
  Floats<kWidth> out;
  SEQFEAT_ELEMENTS
  for (int i = 0; i < kWidth; ++i) out.at[i] = widened(from[i]);
  return out;
}
template <int kWidth>
[[gnu::always_inline]] inline void store_floats(float* to, const Floats<kWidth>& from) noexcept {
  std::memcpy(to, from.at, sizeof from.at);
}

template <int kBlock>
struct Width {
  static constexpr int kWidth = kBlock;
};

/// Calls `body(Width<w>, d)` for blocks of w elements from d on, which make up a row of `dim`.
/// Widest first; the rest of a row is a block for each of its bits.
template <int kWidest = 64, class Body>
[[gnu::always_inline]] inline void for_each_block(std::int64_t dim, const Body& body) {
  std::int64_t d = 0;
  if constexpr (kWidest > 16) {
    for (; d + kWidest <= dim; d += kWidest) body(Width<kWidest>{}, d);
  }
  for (; d + 16 <= dim; d += 16) body(Width<16>{}, d);
  const auto step = [&](auto width) __attribute__((always_inline)) {
    if ((dim & width.kWidth) == 0) return;
    body(width, d);
    d += width.kWidth;
  };
  step(Width<8>{});
  step(Width<4>{});
  step(Width<2>{});
  step(Width<1>{});
}

}  // namespace seqfeat::cpu
