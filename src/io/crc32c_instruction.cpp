// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>

#include "backend/simd.hpp"
#include "io/crc32c_kernels.hpp"
#include "io/crc32c_polynomial.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#define SEQFEAT_CRC32C_TARGET __attribute__((target("sse4.2")))
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define SEQFEAT_CRC32C_TARGET
#endif

namespace seqfeat::detail {

#if defined(SEQFEAT_CRC32C_TARGET)
namespace {

#if defined(__x86_64__)
SEQFEAT_CRC32C_TARGET inline std::uint64_t add_word(std::uint64_t state, std::uint64_t word) {
  return _mm_crc32_u64(state, word);
}
SEQFEAT_CRC32C_TARGET inline std::uint64_t add_byte(std::uint64_t state, std::byte byte) {
  return _mm_crc32_u8(static_cast<std::uint32_t>(state), static_cast<std::uint8_t>(byte));
}
#else
inline std::uint64_t add_word(std::uint64_t state, std::uint64_t word) {
  return __crc32cd(static_cast<std::uint32_t>(state), word);
}
inline std::uint64_t add_byte(std::uint64_t state, std::byte byte) {
  return __crc32cb(static_cast<std::uint32_t>(state), static_cast<std::uint8_t>(byte));
}
#endif

inline std::uint64_t load(const std::byte* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// What `Bytes` zero bytes do to each byte of the register.
template <std::size_t Bytes>
constexpr auto kZeros = [] {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::uint32_t bit = 0; bit < 8; ++bit) {
      const std::uint32_t image = multiply(std::uint32_t{1} << (8 * k + bit), zero_bytes(Bytes));
      for (std::size_t b = 0; b < 256; ++b) {
        if ((b >> bit & 1) != 0) tables[k][b] ^= image;
      }
    }
  }
  return tables;
}();

template <std::size_t Bytes>
std::uint64_t pass_zeros(std::uint64_t state) noexcept {
  const auto& tables = kZeros<Bytes>;
  return tables[0][state & 0xff] ^ tables[1][state >> 8 & 0xff] ^ tables[2][state >> 16 & 0xff] ^
         tables[3][state >> 24 & 0xff];
}

/// The instruction takes three cycles and can begin every cycle: three neighbouring runs of
/// `Run` bytes go side by side and are joined by what zeros do to the earlier ones.
template <std::size_t Run>
SEQFEAT_CRC32C_TARGET std::uint64_t add_triples(std::uint64_t state, const std::byte*& at,
                                                const std::byte* end) noexcept {
  for (; static_cast<std::size_t>(end - at) >= 3 * Run; at += 3 * Run) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < Run; i += 8) {
      state = add_word(state, load(at + i));
      second = add_word(second, load(at + Run + i));
      third = add_word(third, load(at + 2 * Run + i));
    }
    state = pass_zeros<Run>(pass_zeros<Run>(state) ^ second) ^ third;
  }
  return state;
}

}  // namespace

bool has_crc32c_instruction() noexcept {
#if defined(__x86_64__)
  return in_use(Part::crc32c) >= Simd::sse42;
#else
  return true;
#endif
}

SEQFEAT_CRC32C_TARGET std::uint32_t crc32c_by_instruction(
    std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  std::uint64_t wide = state;
  if (bytes.size() == 8) return static_cast<std::uint32_t>(add_word(wide, load(at)));  // a length
  wide = add_triples<2048>(wide, at, end);
  wide = add_triples<64>(wide, at, end);
  for (; end - at >= 8; at += 8) wide = add_word(wide, load(at));
  for (; at != end; ++at) wide = add_byte(wide, *at);
  return static_cast<std::uint32_t>(wide);
}

#else

bool has_crc32c_instruction() noexcept {
  return false;
}

std::uint32_t crc32c_by_instruction(std::uint32_t state,
                                    std::span<const std::byte> bytes) noexcept {
  return crc32c_by_table(state, bytes);
}

#endif

}  // namespace seqfeat::detail
