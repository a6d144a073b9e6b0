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

// Eight 64-bit numbers side by side in an AVX-512 register. Only functions that carry
// SEQFEAT_AVX512 may call these; the attribute stands on functions, not on files, so that no inline
// function of a shared header is ever compiled for a machine that may not be there.

#define SEQFEAT_AVX512 \
  [[gnu::target("avx512f,avx512dq,avx512vl,avx512bw,avx512cd,bmi,bmi2,popcnt")]]
#define SEQFEAT_AVX512_INLINE SEQFEAT_AVX512 [[gnu::always_inline]] inline

namespace seqfeat::cpu::avx512 {

/// Eight 64-bit numbers with the usual operators.
using Lanes [[gnu::vector_size(64)]] = std::uint64_t;
using Mask = __mmask8;

inline constexpr std::int64_t kLanes = 8;
inline constexpr Lanes kLaneNumbers = {0, 1, 2, 3, 4, 5, 6, 7};

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

/// Stores the numbers that the mask names, cut to 32 bits where 32-bit ones are wanted.
SEQFEAT_AVX512_INLINE void store(std::int64_t* to, Mask which, Lanes v) {
  _mm512_mask_storeu_epi64(to, which, raw(v));
}
SEQFEAT_AVX512_INLINE void store(std::int32_t* to, Mask which, Lanes v) {
  _mm512_mask_cvtepi64_storeu_epi32(to, which, raw(v));
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

struct Sixteen {
  Lanes first, second;  // 8 bytes each
};

template <class Position>
SEQFEAT_AVX512_INLINE __m128i load_128(const unsigned char* bytes, Position at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
}

/// 16 bytes from each of eight positions, `shift` bytes further on. Not by a gather, which is slow
/// on processors that guard against leaks through it.
template <class Position>
SEQFEAT_AVX512_INLINE Sixteen load_16(const unsigned char* bytes, const Position* at,
                                      std::int64_t shift = 0) {
  __m512i even = _mm512_castsi128_si512(load_128(bytes, at[0] + shift));
  __m512i odd = _mm512_castsi128_si512(load_128(bytes, at[1] + shift));
  even = _mm512_inserti64x2(even, load_128(bytes, at[2] + shift), 1);
  odd = _mm512_inserti64x2(odd, load_128(bytes, at[3] + shift), 1);
  even = _mm512_inserti64x2(even, load_128(bytes, at[4] + shift), 2);
  odd = _mm512_inserti64x2(odd, load_128(bytes, at[5] + shift), 2);
  even = _mm512_inserti64x2(even, load_128(bytes, at[6] + shift), 3);
  odd = _mm512_inserti64x2(odd, load_128(bytes, at[7] + shift), 3);
  return {lanes(_mm512_unpacklo_epi64(even, odd)), lanes(_mm512_unpackhi_epi64(even, odd))};
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
  SEQFEAT_AVX512_INLINE Lanes operator()(Lanes x) const {
    if (small_) x = multiply_32(x >> 32, fold_) + (x & low_);
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
  Lanes low_ = all(0xffffffff);
  __m512d reciprocal_;
};

}  // namespace seqfeat::cpu::avx512
