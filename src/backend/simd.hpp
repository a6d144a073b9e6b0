// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

// Which vectors our code uses: the only place that asks the processor, or SEQFEAT_SIMD. Results
// never depend on it.

namespace seqfeat::detail {

/// From narrow to wide. `scalar` is what every processor has that the library was built for.
enum class Simd : std::uint8_t { scalar, sse42, avx2, avx512 };

/// What has code of its own for wider vectors. Whatever is compiled for more than `scalar` asks
/// `in_use` before it runs.
enum class Part : std::uint8_t { hashing, parsing, checking, crc32c, copying, rows };
inline constexpr int kParts = 6;

/// "scalar", "sse4.2", "avx2", "avx512".
[[nodiscard]] std::string_view to_string(Simd simd) noexcept;
/// "hashing" and so on.
[[nodiscard]] std::string_view to_string(Part part) noexcept;

/// Whether this machine can run it.
[[nodiscard]] bool available(Simd simd) noexcept;

/// The widest that is available.
[[nodiscard]] Simd widest() noexcept;

/// The widest that may be used: what SEQFEAT_SIMD says, else `widest()`. The environment is read
/// once. Making a CPU backend calls this, so that a mistake shows early.
///
/// Throws   InvalidArgument if SEQFEAT_SIMD is set to an unknown name or to what is not available.
[[nodiscard]] Simd simd_in_use();

/// The widest that may be used, and that the part has code for which this machine can run. `scalar`
/// where `simd_in_use` throws.
[[nodiscard]] Simd in_use(Part part) noexcept;

}  // namespace seqfeat::detail
