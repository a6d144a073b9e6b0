// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cpu/lanes_avx512.hpp"
#include "seqfeat/fingerprint.hpp"

// The rules of fingerprint.hpp for eight tokens at once, with selects in the place of branches.

namespace seqfeat::cpu::avx512 {

/// What the rules below multiply by, compare with and mask with.
struct Constants {
  Lanes k0, k1, k2, low, one, four, eight, sixteen, word_bits, dword_bits, tiny_lane, tiny_bytes;
};
SEQFEAT_AVX512_INLINE Constants constants() {
  constexpr Lanes kTinyLane = {0, 4, 0, 4, 0, 4, 0, 4};
  // For sizes 0 to 3 in even lanes, then in odd ones: which bytes become y and, 32 bits above, the
  // last byte; 0x80 gives a zero.
  constexpr Lanes kTinyBytes = {0x8080808080808080, 0x8080800080800000, 0x8080800180800100,
                                0x8080800280800100, 0x8080808080808080, 0x8080800880800808,
                                0x8080800980800908, 0x8080800a80800908};
  return {kept(farm::k0), kept(farm::k1), kept(farm::k2), kept(0xffffffff), kept(1),   kept(4),
          kept(8),        kept(16),       kept(32),       kept(64),         kTinyLane, kTinyBytes};
}

struct LanePair {
  Lanes first, second;
};

SEQFEAT_AVX512_INLINE Lanes shift_mix(Lanes v) {
  return v ^ (v >> 47);
}
SEQFEAT_AVX512_INLINE Lanes mix(Lanes u, Lanes v, Lanes m) {
  const Lanes a = shift_mix((u ^ v) * m);
  return shift_mix((v ^ a) * m) * m;
}

/// What a lane of the class 0 to 16 becomes. Five multiplications serve all sizes.
///
/// first   the 8 bytes from the token's begin on, whatever follows it
/// last    its last 8 bytes; of sizes 4 to 7 the last 4, whatever stands above them
struct Operands {
  Lanes u, v, m;       // of mix()
  Lanes tiny_product;  // of sizes 0 to 3: what stands before the last shift_mix
  Mask tiny;
};

SEQFEAT_AVX512_INLINE Operands operands_0_to_16(const Constants& c, Lanes first, Lanes last,
                                                Lanes size) {
  const Mask tiny = below(size, c.four);
  const Mask words = below(size, c.eight);
  const Lanes m = select(tiny, c.k2, c.k2 + (size + size));
  const Lanes a = first + c.k2;

  const __m512i which = _mm512_permutexvar_epi64(raw(size + c.tiny_lane), raw(c.tiny_bytes));
  const Lanes three = lanes(_mm512_shuffle_epi8(raw(first), which));
  const Lanes p = select(tiny, three & c.low, rotate<37>(last)) * m;
  const Lanes q = select(tiny, size + (three >> 30), rotate<25>(a) + last) * select(tiny, c.k0, m);

  const Lanes u = select(words, size + multiply_32(first, c.eight), p + a);
  const Lanes v = select(words, last & c.low, q);
  // The empty token is k2 = shift_mix(1) * k2.
  const Lanes product = select(below(size, c.one), c.one, p ^ q);
  return {u, v, m, product, tiny};
}

SEQFEAT_AVX512_INLINE Lanes finish(const Operands& o) {
  const Lanes a = shift_mix((o.u ^ o.v) * o.m);
  return shift_mix(select(o.tiny, o.tiny_product, (o.v ^ a) * o.m)) * o.m;
}

/// What mix() takes of sizes 17 to 32, from their first and last 16 bytes.
SEQFEAT_AVX512_INLINE LanePair operands_17_to_32(const Constants& c, Sixteen head, Sixteen tail,
                                                 Lanes m) {
  const Lanes a = head.first * c.k1;
  const Lanes g = tail.second * m;
  const Lanes d = tail.first * c.k2;
  return {rotate<43>(a + head.second) + rotate<30>(g) + d, a + rotate<18>(head.second + c.k2) + g};
}

/// Puts lanes of sizes 17 to 32 in.
SEQFEAT_AVX512_INLINE void merge_17_to_32(const Constants& c, Operands& o, Mask medium,
                                          Sixteen head, Sixteen tail) {
  const LanePair medium_ones = operands_17_to_32(c, head, tail, o.m);
  o.u = select(medium, medium_ones.first, o.u);
  o.v = select(medium, medium_ones.second, o.v);
}

// One class at a time, where all lanes are of it: nearly half of the merged body is selects and
// products that only another class needs.

SEQFEAT_AVX512_INLINE Lanes hash_4_to_7(const Constants& c, Lanes first, Lanes last, Lanes size) {
  return mix(size + multiply_32(first, c.eight), last & c.low, c.k2 + (size + size));
}
SEQFEAT_AVX512_INLINE Lanes hash_8_to_16(const Constants& c, Lanes first, Lanes last, Lanes size) {
  const Lanes m = c.k2 + (size + size);
  const Lanes a = first + c.k2;
  return mix(rotate<37>(last) * m + a, (rotate<25>(a) + last) * m, m);
}
SEQFEAT_AVX512_INLINE Lanes hash_17_to_32(const Constants& c, Sixteen head, Sixteen tail,
                                          Lanes size) {
  const Lanes m = c.k2 + (size + size);
  const LanePair operands = operands_17_to_32(c, head, tail, m);
  return mix(operands.first, operands.second, m);
}

/// Sizes 33 to 64.
///
/// begin, end   where the tokens begin, and 32 bytes before their ends
SEQFEAT_AVX512_INLINE Lanes hash_33_to_64(const Constants& c, const unsigned char* bytes,
                                          const std::int64_t* begin, const std::int64_t* end,
                                          Lanes size) {
  const Sixteen s0 = load_16(bytes, begin);
  const Sixteen s2 = load_16(bytes, begin, 16);
  const Sixteen e4 = load_16(bytes, end);
  const Sixteen e2 = load_16(bytes, end, 16);
  const Lanes m = c.k2 + (size + size);
  const Lanes a = s0.first * c.k2;
  const Lanes b = s0.second;
  const Lanes g = e2.second * m;
  const Lanes y = rotate<43>(a + b) + rotate<30>(g) + e2.first * c.k2;
  const Lanes z = mix(y, a + rotate<18>(b + c.k2) + g, m);
  const Lanes e = s2.first * m;
  const Lanes f = s2.second;
  const Lanes i = (y + e4.first) * m;
  const Lanes h = (z + e4.second) * m;
  return mix(rotate<43>(e + f) + rotate<30>(i) + h, e + rotate<18>(f + a) + i, m);
}

SEQFEAT_AVX512_INLINE LanePair weak_hash_32(Sixteen s0, Sixteen s2, Lanes a, Lanes b) {
  a += s0.first;
  b = rotate<21>(b + a + s2.second);
  const Lanes sum = a + s0.second + s2.first;
  b += rotate<44>(sum);
  return {sum + s2.second, b + a};
}

struct LongLanes {
  Lanes x, y, z;
  LanePair v, w;
};

template <bool kLast>
SEQFEAT_AVX512_INLINE void long_round(LongLanes& h, const unsigned char* bytes,
                                      const std::int64_t* at, Lanes m) {
  const Sixteen s0 = load_16(bytes, at);
  const Sixteen s2 = load_16(bytes, at, 16);
  const Sixteen s4 = load_16(bytes, at, 32);
  const Sixteen s6 = load_16(bytes, at, 48);
  h.x = rotate<37>(h.x + h.y + h.v.first + s0.second) * m;
  h.y = rotate<42>(h.y + h.v.second + s6.first) * m;
  h.x ^= kLast ? (h.w.second << 3) + h.w.second : h.w.second;
  h.y += (kLast ? (h.v.first << 3) + h.v.first : h.v.first) + s4.second;
  h.z = rotate<33>(h.z + h.w.first) * m;
  h.v = weak_hash_32(s0, s2, h.v.second * m, h.x + h.w.first);
  h.w = weak_hash_32(s4, s6, h.z + h.w.second, h.y + s2.first);
  const Lanes z = h.z;
  h.z = h.x;
  h.x = z;
}

/// Sizes above 64 that all have `rounds` whole blocks of 64 bytes before the last 1 to 64 bytes.
///
/// begin, end   where the tokens begin, and 64 bytes before their ends
SEQFEAT_AVX512_INLINE Lanes hash_long(const Constants& c, const unsigned char* bytes,
                                      const std::int64_t* begin, const std::int64_t* end,
                                      Lanes size, std::int64_t rounds) {
  constexpr std::uint64_t kSeed = 81;
  constexpr std::uint64_t kY = kSeed * farm::k1 + 113;
  constexpr std::uint64_t kZ = farm::shift_mix(kY * farm::k2 + 113) * farm::k2;
  const Lanes none = all(0);
  LongLanes h{all(kSeed * farm::k2) + load_16(bytes, begin).first,
              all(kY),
              all(kZ),
              {none, none},
              {none, none}};
  for (std::int64_t r = 0; r < rounds; ++r) long_round<false>(h, bytes + 64 * r, begin, c.k1);
  const Lanes m = c.k1 + ((h.z & all(0xff)) << 1);
  h.w.first += (size - c.one) & all(63);
  h.v.first += h.w.first;
  h.w.first += h.v.first;
  long_round<true>(h, bytes, end, m);
  return mix(mix(h.v.first, h.w.first, m) + shift_mix(h.y) * c.k0 + h.z,
             mix(h.v.second, h.w.second, m) + h.x, m);
}

}  // namespace seqfeat::cpu::avx512
