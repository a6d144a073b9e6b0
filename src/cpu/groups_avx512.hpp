// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "cpu/farm_avx512.hpp"

// Eight tokens from their offsets to their fingerprints.

namespace seqfeat::cpu::avx512 {

using Eight = std::array<std::int64_t, kLanes>;

SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int64_t* at) {
  return load(at);
}
SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int32_t* at) {
  return lanes(_mm512_cvtepi32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at))));
}
SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int64_t* at, Mask which) {
  return lanes(_mm512_maskz_loadu_epi64(which, at));
}
SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int32_t* at, Mask which) {
  return lanes(_mm512_cvtepi32_epi64(_mm256_maskz_loadu_epi32(which, at)));
}

/// The last 8 bytes of tokens of up to 16, as `operands_0_to_16` wants them: `start` is 64 bits, or
/// 32 where the size is below 8.
SEQFEAT_AVX512_INLINE Lanes last_of(const Constants& c, Sixteen head, Lanes size, Lanes start) {
  const Lanes skip = (size << 3) - start;
  return right(head.first, skip) | left(head.second, c.dword_bits - skip);
}

/// Fingerprints of eight tokens, right for those of up to 32 bytes.
///
/// at, ends   where they begin and end. 16 bytes may be read from each begin on, and, if `medium`
///            (those of more than 16 bytes) is not empty, before each end.
template <class Position>
SEQFEAT_AVX512_INLINE Lanes hash_group(const Constants& c, const unsigned char* bytes,
                                       const Position* at, const Position* ends, Lanes size,
                                       Mask medium) {
  const Sixteen head = load_16(bytes, at);
  const Lanes start = select(below(size, c.eight), c.word_bits, c.dword_bits);
  const Lanes last = last_of(c, head, size, start);
  Operands operands = operands_0_to_16(c, head.first, last, size);
  if (medium != 0) {
    const Sixteen tail = load_16(bytes, ends, -16);
    merge_17_to_32(c, operands, medium, head, tail);
  }
  return finish(operands);
}

/// Classes of sizes that are hashed on their own where all of eight tokens are of one.
enum class Class : std::uint8_t { from_4_to_7, from_8_to_16, from_17_to_32 };
struct Sizes {
  std::uint64_t least, most;
};
constexpr Sizes sizes_of(Class one) noexcept {
  return one == Class::from_4_to_7    ? Sizes{4, 7}
         : one == Class::from_8_to_16 ? Sizes{8, 16}
                                      : Sizes{17, 32};
}

/// Fingerprints of eight tokens of one class. Reads what `hash_group` reads.
template <Class kOne, class Position>
SEQFEAT_AVX512_INLINE Lanes hash_class(const Constants& c, const unsigned char* bytes,
                                       const Position* at, const Position* ends, Lanes size) {
  const Sixteen head = load_16(bytes, at);
  if constexpr (kOne == Class::from_4_to_7) {
    return hash_4_to_7(c, head.first, right(head.first, (size << 3) - c.word_bits), size);
  } else if constexpr (kOne == Class::from_8_to_16) {
    return hash_8_to_16(c, head.first, last_of(c, head, size, c.dword_bits), size);
  } else {
    return hash_17_to_32(c, head, load_16(bytes, ends, -16), size);
  }
}

/// `hash_group` of tokens near either end of the buffer or with bad offsets: they are copied first.
SEQFEAT_AVX512 inline Lanes hash_group_of_copies(const unsigned char* bytes, Lanes from,
                                                 Lanes size) {
  constexpr std::uint64_t kRoom = 32;
  const Constants c = constants();
  alignas(64) std::array<unsigned char, kLanes * kRoom> copies;
  Eight starts;
  Eight sizes;
  Eight ends;
  size = select(below(c.word_bits, size), all(0), size);
  store(starts.data(), from);
  store(sizes.data(), size);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    // What the mask leaves out is not read.
    const auto mask = static_cast<__mmask32>((std::uint64_t{1} << sizes[i]) - 1);
    const __m256i token = _mm256_maskz_loadu_epi8(mask, bytes + starts[i]);
    _mm256_store_si256(reinterpret_cast<__m256i*>(copies.data()) + i, token);
  }
  const Mask medium = below(c.sixteen, size);
  const Lanes place = kLaneNumbers * all(kRoom);
  store(starts.data(), place);
  store(ends.data(), place + select(medium, size, c.sixteen));
  return hash_group(c, copies.data(), starts.data(), ends.data(), size, medium);
}

}  // namespace seqfeat::cpu::avx512
