// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "backend/simd.hpp"
#include "io/crc32c_kernels.hpp"
#include "io/crc32c_polynomial.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#define SEQFEAT_FOLDING_TARGET \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,vpclmulqdq,pclmul,sse4.2")))
#endif

namespace seqfeat::detail {

#if defined(SEQFEAT_FOLDING_TARGET)
namespace {

constexpr std::size_t kBlock = 64;

/// x^n as a factor for half a lane of 16 bytes. The product of two halves comes out one bit short
/// of the lane's end, that is times x.
constexpr std::uint64_t factor(std::size_t n) {
  return std::uint64_t{x_to_the(n - 1)} << 32;
}

// Factors for the halves of a lane that move it to the lane n bits further on: its first half is
// 64 bits further away.
alignas(kBlock) constexpr std::array<std::uint64_t, 8> kToNextBlock = {
    factor(512 + 64), factor(512), factor(512 + 64), factor(512),
    factor(512 + 64), factor(512), factor(512 + 64), factor(512)};
alignas(kBlock) constexpr std::array<std::uint64_t, 8> kToLastLane = {factor(384 + 64),
                                                                      factor(384),
                                                                      factor(256 + 64),
                                                                      factor(256),
                                                                      factor(128 + 64),
                                                                      factor(128),
                                                                      0,
                                                                      0};

alignas(kBlock) constexpr auto kPositions = [] {
  std::array<std::uint8_t, kBlock> bytes{};
  for (std::size_t i = 0; i < kBlock; ++i) bytes.at(i) = static_cast<std::uint8_t>(i);
  return bytes;
}();

/// Each lane times the polynomial of its factors, plus `other`.
SEQFEAT_FOLDING_TARGET inline __m512i fold(__m512i lanes, __m512i factors, __m512i other) noexcept {
  constexpr int kXorOfThree = 0x96;
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(lanes, factors, 0x00),
                                   _mm512_clmulepi64_epi128(lanes, factors, 0x11), other,
                                   kXorOfThree);
}

SEQFEAT_FOLDING_TARGET inline __m512i low_bits(std::uint32_t bits) noexcept {
  return _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(bits)));
}

}  // namespace

bool has_crc32c_folding() noexcept {
  return in_use(Part::crc32c) == Simd::avx512;
}

SEQFEAT_FOLDING_TARGET std::uint32_t crc32c_by_folding(std::uint32_t state,
                                                       std::span<const std::byte> bytes) noexcept {
  // Zeros in front change nothing, so the first block may be short and stand at its end. The
  // register is added to the first four bytes, which may lie in two blocks.
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  const std::size_t first = (bytes.size() - 1) % kBlock + 1;
  const std::uint64_t inside = ~std::uint64_t{0} >> (kBlock - first);
  const __m512i turned = _mm512_adds_epu8(_mm512_load_si512(kPositions.data()),
                                          _mm512_set1_epi8(static_cast<char>(first)));
  __m512i sum = _mm512_maskz_permutexvar_epi8(
      inside << (kBlock - first), turned,
      _mm512_xor_si512(_mm512_maskz_loadu_epi8(inside, at), low_bits(state)));
  at += first;
  if (at != end) {
    const __m512i factors = _mm512_load_si512(kToNextBlock.data());
    const __m512i rest_of_state = low_bits(first < 4 ? state >> (8 * first) : 0);
    sum = fold(sum, factors, _mm512_xor_si512(_mm512_loadu_si512(at), rest_of_state));
    for (at += kBlock; at != end; at += kBlock) sum = fold(sum, factors, _mm512_loadu_si512(at));
  }

  constexpr __mmask8 kLastLane = 0b1100'0000;
  constexpr __mmask8 kAllHalves = 0xff;
  sum = fold(sum, _mm512_load_si512(kToLastLane.data()), _mm512_maskz_mov_epi64(kLastLane, sum));
  sum = _mm512_xor_si512(sum, _mm512_maskz_shuffle_i64x2(kAllHalves, sum, sum, 0b01'00'11'10));
  sum = _mm512_xor_si512(sum, _mm512_maskz_shuffle_i64x2(kAllHalves, sum, sum, 0b00'00'00'01));
  const __m128i lane = _mm512_maskz_extracti32x4_epi32(0xf, sum, 0);
  const auto front = static_cast<std::uint64_t>(_mm_cvtsi128_si64(lane));
  const auto back = static_cast<std::uint64_t>(_mm_extract_epi64(lane, 1));
  return static_cast<std::uint32_t>(_mm_crc32_u64(_mm_crc32_u64(0, front), back));
}

#else

bool has_crc32c_folding() noexcept {
  return false;
}

std::uint32_t crc32c_by_folding(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  return crc32c_by_table(state, bytes);
}

#endif

}  // namespace seqfeat::detail
