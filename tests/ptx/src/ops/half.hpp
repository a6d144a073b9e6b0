// SPDX-License-Identifier: Apache-2.0
// The bits of 16-bit floats: f16 has 5 bits of exponent and 10 of fraction, bf16 has 8 and 7.
#pragma once

#include <cstdint>

namespace ptx {

enum class Rounding { nearest_even, toward_zero };

/// Conversions give the canonical NaN 0x7fff for every NaN. What is too large becomes infinity when
/// rounded to nearest, and the largest finite value when rounded toward zero.
[[nodiscard]] std::uint16_t to_f16(float value, Rounding rounding);
[[nodiscard]] std::uint16_t to_bf16(float value, Rounding rounding);
/// Exact, except that every NaN becomes 0x7fffffff.
[[nodiscard]] float from_f16(std::uint16_t bits);

}  // namespace ptx
