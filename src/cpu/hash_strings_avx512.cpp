// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <algorithm>
#include <bit>

#include "cpu/hash_paths.hpp"
#include "cpu/lanes_avx512.hpp"

// Tokens go eight at a time through one merged body for sizes up to 32. Longer ones are put on
// lists by class and worked off afterwards, so that no branch depends on a single token's size.

namespace seqfeat::cpu {
namespace {

using namespace avx512;

constexpr std::int64_t kBlock = 256;

/// Tokens of one class that a block has put aside.
struct Aside {
  std::int64_t count = 0;
  std::int64_t tokens[kBlock + kLanes];
};

SEQFEAT_AVX512_INLINE void put_aside(Aside& list, Mask which, std::int64_t first_token) {
  const __m512i tokens =
      _mm512_add_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), _mm512_set1_epi64(first_token));
  _mm512_storeu_si512(list.tokens + list.count, _mm512_maskz_compress_epi64(which, tokens));
  list.count += std::popcount(static_cast<unsigned>(which));
}

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

struct Sixteen {
  Lanes first, second;  // 8 bytes each
};

template <class Position>
SEQFEAT_AVX512_INLINE __m128i load_128(const unsigned char* bytes, Position at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
}

/// 16 bytes from each of eight positions. (A gather would be slower everywhere.)
template <class Position>
SEQFEAT_AVX512_INLINE Sixteen load_16(const unsigned char* bytes, const Position* at) {
  __m512i even = _mm512_castsi128_si512(load_128(bytes, at[0]));
  __m512i odd = _mm512_castsi128_si512(load_128(bytes, at[1]));
  even = _mm512_inserti64x2(even, load_128(bytes, at[2]), 1);
  odd = _mm512_inserti64x2(odd, load_128(bytes, at[3]), 1);
  even = _mm512_inserti64x2(even, load_128(bytes, at[4]), 2);
  odd = _mm512_inserti64x2(odd, load_128(bytes, at[5]), 2);
  even = _mm512_inserti64x2(even, load_128(bytes, at[6]), 3);
  odd = _mm512_inserti64x2(odd, load_128(bytes, at[7]), 3);
  return {lanes(_mm512_unpacklo_epi64(even, odd)), lanes(_mm512_unpackhi_epi64(even, odd))};
}

/// Fingerprints of eight tokens, right for those of up to 32 bytes. 16 bytes may be read from each
/// position on.
///
/// at     the positions in memory, which loads of bytes want
/// from   the same in lanes
template <class Position>
SEQFEAT_AVX512_INLINE Lanes hash_group(const Constants& c, const unsigned char* bytes,
                                       const Position* at, Lanes from, Lanes size) {
  const Sixteen head = load_16(bytes, at);
  const Lanes bits = size << 3;
  const Lanes skip = bits - select(below(size, c.eight), c.word_bits, c.dword_bits);
  const Lanes last = right(head.first, skip) | left(head.second, c.dword_bits - skip);
  Operands operands = operands_0_to_16(c, head.first, last, size);
  const Mask medium = below(c.sixteen, size);
  if (medium != 0) {
    std::int64_t tail_at[kLanes];
    store(tail_at, select(medium, from + size - c.sixteen, from));
    const Sixteen tail = load_16(bytes, tail_at);
    merge_17_to_32(c, operands, medium, head.first, head.second, tail.first, tail.second);
  }
  return finish(operands);
}

/// The same of tokens near the buffer's end or with bad offsets: they are copied first.
SEQFEAT_AVX512 Lanes hash_group_of_copies(const unsigned char* bytes, Lanes from, Lanes size) {
  constexpr std::int64_t kRoom = 32;
  constexpr std::int64_t kPositions[kLanes] = {0, 32, 64, 96, 128, 160, 192, 224};
  alignas(64) unsigned char copies[kLanes * kRoom];
  std::int64_t starts[kLanes];
  std::int64_t sizes[kLanes];
  size = select(below(all(kRoom), size), all(0), size);
  store(starts, from);
  store(sizes, size);
  for (int i = 0; i < kLanes; ++i) {
    // What the mask leaves out is not read.
    const auto mask = static_cast<__mmask32>((std::uint64_t{1} << sizes[i]) - 1);
    const __m256i token = _mm256_maskz_loadu_epi8(mask, bytes + starts[i]);
    _mm256_store_si256(reinterpret_cast<__m256i*>(copies) + i, token);
  }
  return hash_group(constants(), copies, kPositions, load(kPositions), size);
}

/// Tokens [begin, end) of up to 32 bytes; the others are put aside, with wrong ids so far.
template <class Offset, bool kModulo>
SEQFEAT_AVX512 void hash_block(const detail::HashArgs& args, std::int64_t begin, std::int64_t end,
                               Aside& long_ones) {
  const auto* bytes = static_cast<const unsigned char*>(args.data);
  const auto* offsets = static_cast<const Offset*>(args.byte_offsets.data);
  const Modulo buckets(args.buckets.divisor());
  const Lanes limit = all(static_cast<std::uint64_t>(args.bytes));
  const Lanes last_16 = all(static_cast<std::uint64_t>(args.bytes - 16));  // wraps: see below
  const Constants c = constants();
  const bool roomy = args.bytes >= 16;
  for (std::int64_t i = begin; i < end; i += kLanes) {
    const auto here = static_cast<Mask>(end - i >= kLanes ? 0xff : (1 << (end - i)) - 1);
    Lanes from, to, size, hash;
    bool good = roomy && here == 0xff;
    if (good) {
      from = load_offsets(offsets + i);
      to = load_offsets(offsets + i + 1);
      // Unsigned, so that negative offsets are too large.
      good = (below(last_16, from) | below(to, from) | below(limit, to)) == 0;
    }
    if (good) {
      size = to - from;
      hash = hash_group(c, bytes, offsets + i, from, size);
    } else {
      from = load_offsets(offsets + i, here);
      to = load_offsets(offsets + i + 1, here);
      const __m512i zero = _mm512_setzero_si512();
      from = lanes(_mm512_min_epi64(_mm512_max_epi64(raw(from), zero), raw(limit)));
      to = lanes(_mm512_min_epi64(_mm512_max_epi64(raw(to), zero), raw(limit)));
      size = lanes(_mm512_max_epi64(raw(to - from), zero));
      hash = hash_group_of_copies(bytes, from, size);
    }
    const Lanes ids = kModulo ? buckets(c, hash) : hash;
    _mm512_mask_storeu_epi64(args.out + i, here, raw(ids));
    const Mask longer = below(c.word_bits, size);
    if (longer != 0) put_aside(long_ones, longer, i);
  }
}

template <class Offset, bool kModulo>
SEQFEAT_AVX512 void hash_tokens(const detail::HashArgs& args, std::int64_t begin,
                                std::int64_t end) {
  Aside long_ones;
  for (std::int64_t i = begin; i < end; i += kBlock) {
    hash_block<Offset, kModulo>(args, i, std::min(end, i + kBlock), long_ones);
    for (std::int64_t k = 0; k < long_ones.count; ++k) {
      const std::int64_t token = long_ones.tokens[k];
      const TokenBytes t = token_at<Offset>(args, token);
      args.out[token] = id_of(args, fingerprint64(MemoryBytes(t.data), t.size));
    }
    long_ones.count = 0;
  }
}

}  // namespace

void hash_strings_avx512(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  if (args.byte_offsets.wide) {
    args.modulo ? hash_tokens<std::int64_t, true>(args, begin, end)
                : hash_tokens<std::int64_t, false>(args, begin, end);
  } else {
    args.modulo ? hash_tokens<std::int32_t, true>(args, begin, end)
                : hash_tokens<std::int32_t, false>(args, begin, end);
  }
}

}  // namespace seqfeat::cpu
#endif
