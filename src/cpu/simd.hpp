// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

// Which instructions hash tokens. Results never depend on it.

namespace seqfeat::cpu {

enum class Simd : std::uint8_t { scalar, avx512 };

/// "scalar", "avx512".
[[nodiscard]] std::string_view to_string(Simd simd) noexcept;

/// Whether this machine can run it.
[[nodiscard]] bool available(Simd simd) noexcept;

/// What SEQFEAT_SIMD says, else the best that is available.
///
/// Throws   InvalidArgument if SEQFEAT_SIMD is set to an unknown name or to what is not available.
[[nodiscard]] Simd simd_from_environment();

/// The same as it was when first asked for; making a CPU backend asks.
[[nodiscard]] Simd simd_in_use();

}  // namespace seqfeat::cpu
