// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"  // GCC 12 on its own _mm512_undefined_epi32
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif

#include <cstdint>

#include "seqfeat/fingerprint.hpp"
#include "seqfeat/modulo.hpp"

// Eight tokens side by side in AVX-512 registers: the rules of fingerprint.hpp and modulo.hpp, with
// selects in the place of branches. Only functions that carry SEQFEAT_AVX512 may call these; the
// attribute stands on functions, not on files, so that no inline function of a shared header is
// ever compiled for a machine that may not be there.

#define SEQFEAT_AVX512 \
  [[gnu::target("avx512f,avx512dq,avx512vl,avx512bw,avx512cd,bmi,bmi2,popcnt")]]
#define SEQFEAT_AVX512_INLINE SEQFEAT_AVX512 [[gnu::always_inline]] inline

namespace seqfeat::cpu::avx512 {

/// Eight 64-bit numbers with the usual operators.
using Lanes [[gnu::vector_size(64)]] = std::uint64_t;
using Mask = __mmask8;

inline constexpr std::int64_t kLanes = 8;

SEQFEAT_AVX512_INLINE __m512i raw(Lanes v) {
  return reinterpret_cast<__m512i>(v);
}
SEQFEAT_AVX512_INLINE Lanes lanes(__m512i v) {
  return reinterpret_cast<Lanes>(v);
}
SEQFEAT_AVX512_INLINE Lanes all(std::uint64_t v) {
  return lanes(_mm512_set1_epi64(static_cast<long long>(v)));
}
/// The same, in a register that the compiler may not fill again and again inside a loop.
SEQFEAT_AVX512_INLINE Lanes kept(std::uint64_t v) {
  Lanes register_of_its_own = all(v);
  asm("" : "+v"(register_of_its_own));
  return register_of_its_own;
}
SEQFEAT_AVX512_INLINE Lanes load(const void* from) {
  return lanes(_mm512_loadu_si512(from));
}
SEQFEAT_AVX512_INLINE void store(void* to, Lanes v) {
  _mm512_storeu_si512(to, raw(v));
}

SEQFEAT_AVX512_INLINE Lanes select(Mask mask, Lanes yes, Lanes no) {
  return lanes(_mm512_mask_blend_epi64(mask, raw(no), raw(yes)));
}
/// Shifts by a number of bits a lane; 64 and more, so also what wrapped below 0, give 0.
SEQFEAT_AVX512_INLINE Lanes right(Lanes v, Lanes bits) {
  return lanes(_mm512_srlv_epi64(raw(v), raw(bits)));
}
SEQFEAT_AVX512_INLINE Lanes left(Lanes v, Lanes bits) {
  return lanes(_mm512_sllv_epi64(raw(v), raw(bits)));
}
template <int kBits>
SEQFEAT_AVX512_INLINE Lanes rotate(Lanes v) {
  return lanes(_mm512_ror_epi64(raw(v), kBits));
}
SEQFEAT_AVX512_INLINE Lanes shift_mix(Lanes v) {
  return v ^ (v >> 47);
}
SEQFEAT_AVX512_INLINE Mask below(Lanes a, Lanes b) {
  return _mm512_cmplt_epu64_mask(raw(a), raw(b));
}
/// Lanes that a signed reader would call negative.
SEQFEAT_AVX512_INLINE Mask negative(Lanes v) {
  return _mm512_movepi64_mask(raw(v));
}
/// Products of the lower halves.
SEQFEAT_AVX512_INLINE Lanes multiply_32(Lanes a, Lanes b) {
  return lanes(_mm512_mul_epu32(raw(a), raw(b)));
}

/// What the rules below multiply by, compare with and mask with.
struct Constants {
  Lanes k0, k1, k2, low, one, four, eight, sixteen, word_bits, dword_bits, tiny_lane, tiny_bytes;
};
SEQFEAT_AVX512_INLINE Constants constants() {
  constexpr std::uint64_t kTinyLane[kLanes] = {0, 4, 0, 4, 0, 4, 0, 4};
  // For sizes 0 to 3 in even lanes, then in odd ones: which bytes become y and, 32 bits above, the
  // last byte; 0x80 gives a zero.
  constexpr std::uint64_t kTinyBytes[kLanes] = {
      0x8080808080808080, 0x8080800080800000, 0x8080800180800100, 0x8080800280800100,
      0x8080808080808080, 0x8080800880800808, 0x8080800980800908, 0x8080800a80800908};
  return {kept(farm::k0), kept(farm::k1), kept(farm::k2),  kept(0xffffffff),
          kept(1),        kept(4),        kept(8),         kept(16),
          kept(32),       kept(64),       load(kTinyLane), load(kTinyBytes)};
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

/// Puts lanes of sizes 17 to 32 in. `third` and `fourth` are their last 16 bytes.
SEQFEAT_AVX512_INLINE void merge_17_to_32(const Constants& c, Operands& o, Mask medium, Lanes first,
                                          Lanes second, Lanes third, Lanes fourth) {
  const Lanes a = first * c.k1;
  const Lanes g = fourth * o.m;
  const Lanes d = third * c.k2;
  o.u = select(medium, rotate<43>(a + second) + rotate<30>(g) + d, o.u);
  o.v = select(medium, a + rotate<18>(second + c.k2) + g, o.v);
}

/// x % divisor of eight numbers at once, by a reciprocal in floating point.
///
/// Everything rounds towards zero, so the quotient is never too large; its relative error is below
/// 2^-50, so it is at most one too small while it is below 2^50, and one correction makes it exact.
/// For a small divisor the upper half of x is folded onto the lower one first, modulo the divisor.
class Modulo {
 public:
  SEQFEAT_AVX512_INLINE explicit Modulo(std::uint64_t divisor)
      : divisor_(all(divisor)),
        small_(divisor < kSmall),
        fold_(all((std::uint64_t{1} << 32) % divisor)) {
    const __m512d one = _mm512_set1_pd(1);
    reciprocal_ = _mm512_div_round_pd(one, up(divisor_), kDown);
  }
  SEQFEAT_AVX512_INLINE Lanes operator()(const Constants& c, Lanes x) const {
    if (small_) x = multiply_32(x >> 32, fold_) + (x & c.low);
    const __m512d about =
        _mm512_mul_round_pd(_mm512_cvt_roundepu64_pd(raw(x), kDown), reciprocal_, kDown);
    const Lanes quotient = lanes(_mm512_cvttpd_epu64(about));
    const Lanes rest = x - quotient * divisor_;
    // Where the divisor does not fit, subtracting it wraps to something larger.
    return lanes(_mm512_min_epu64(raw(rest), raw(rest - divisor_)));
  }

 private:
  static constexpr int kDown = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;
  static constexpr std::uint64_t kSmall = std::uint64_t{1} << 14;

  SEQFEAT_AVX512_INLINE static __m512d up(Lanes v) {
    return _mm512_cvt_roundepu64_pd(raw(v), _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
  }

  Lanes divisor_;
  bool small_;
  Lanes fold_;
  __m512d reciprocal_;
};

}  // namespace seqfeat::cpu::avx512
