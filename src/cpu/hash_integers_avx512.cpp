// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <algorithm>
#include <array>

#include "cpu/farm_avx512.hpp"
#include "cpu/hash_paths.hpp"
#include "seqfeat/dtype.hpp"

// Integers eight at a time: the rules of decimal.hpp in lanes, then the merged body of
// fingerprints.

namespace seqfeat::cpu {
namespace {

using namespace avx512;

constexpr std::uint64_t kGroup = 100000000;  // eight digits
constexpr std::uint64_t kEvery16 = 0x0001000100010001;

/// What the rules below use over and over.
struct DecimalConstants {
  Lanes fours, ten_thousand, hundredth, hundred, tenth, ten, ascii, group, zero, one, last_digit,
      bits, bytes, text, width, back;
  __m512d inverse;
};
SEQFEAT_AVX512_INLINE DecimalConstants decimal_constants() {
  return {kept(3518437209),
          kept(10000),
          kept(5243 * kEvery16),
          kept(100 * kEvery16),
          kept(103 * kEvery16),
          kept(10 * kEvery16),
          kept(0x3030303030303030),
          kept(kGroup),
          kept(0),
          kept(1),
          kept(std::uint64_t{1} << 56),
          kept(63),
          kept(0x38),
          kept(128),
          kept(24),
          kept('0' ^ '-'),
          _mm512_set1_pd(0x1.5798ee2308c39p-27)};  // below 10^-8
}

/// Eight integers widened to 64 bits, from `i` on.
SEQFEAT_AVX512_INLINE Lanes load_integers(const void* data, DType dtype, std::int64_t i) {
  const auto* at = static_cast<const char*>(data) + i * size_of(dtype);
  const auto* m128 = reinterpret_cast<const __m128i*>(at);
  const auto* m256 = reinterpret_cast<const __m256i*>(at);
  switch (dtype) {
    case DType::int8:
      return lanes(_mm512_cvtepi8_epi64(_mm_loadl_epi64(m128)));
    case DType::int16:
      return lanes(_mm512_cvtepi16_epi64(_mm_loadu_si128(m128)));
    case DType::int32:
      return lanes(_mm512_cvtepi32_epi64(_mm256_loadu_si256(m256)));
    case DType::uint8:
      return lanes(_mm512_cvtepu8_epi64(_mm_loadl_epi64(m128)));
    case DType::uint16:
      return lanes(_mm512_cvtepu16_epi64(_mm_loadu_si128(m128)));
    case DType::uint32:
      return lanes(_mm512_cvtepu32_epi64(_mm256_loadu_si256(m256)));
    default:
      return load(at);
  }
}

struct Division {
  Lanes quotient, remainder;
};

/// x / 10^8. In floating point, rounded down, the quotient may be one too small.
SEQFEAT_AVX512_INLINE Division divide_by_group(const DecimalConstants& d, Lanes x) {
  constexpr int kDown = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;
  const __m512d about =
      _mm512_mul_round_pd(_mm512_cvt_roundepu64_pd(raw(x), kDown), d.inverse, kDown);
  const Lanes quotient = lanes(_mm512_cvttpd_epu64(about));
  const Lanes rest = x - quotient * d.group;
  const Mask fits = static_cast<Mask>(~below(rest, d.group));
  return {select(fits, quotient + d.one, quotient), select(fits, rest - d.group, rest)};
}

/// Four numbers below 10^4, one in each 32 bits' lower half, as digits without '0' added.
SEQFEAT_AVX512_INLINE Lanes digits_of_fours(const DecimalConstants& d, Lanes fours) {
  const __m512i hundreds = _mm512_srli_epi16(_mm512_mulhi_epu16(raw(fours), raw(d.hundredth)), 3);
  const Lanes below_hundred =
      lanes(_mm512_sub_epi16(raw(fours), _mm512_mullo_epi16(hundreds, raw(d.hundred))));
  const Lanes twos = lanes(hundreds) | (below_hundred << 16);
  const __m512i tens = _mm512_srli_epi16(_mm512_mullo_epi16(raw(twos), raw(d.tenth)), 10);
  const Lanes ones = lanes(_mm512_sub_epi16(raw(twos), _mm512_mullo_epi16(tens, raw(d.ten))));
  return lanes(tens) | (ones << 8);
}

/// Eight digits without '0' added, the first in the low byte.
SEQFEAT_AVX512_INLINE Lanes digits_of_eights(const DecimalConstants& d, Lanes v) {
  const Lanes high = multiply_32(v, d.fours) >> 45;  // v / 10^4
  return digits_of_fours(d, high | ((v - multiply_32(high, d.ten_thousand)) << 32));
}

/// Decimal texts, ending where three words of eight characters end.
struct DecimalTexts {
  std::array<Lanes, 3> words;
  Lanes front;  // bits in front of the text
  Lanes size;
};

SEQFEAT_AVX512_INLINE DecimalTexts texts_of(const Constants& c, const DecimalConstants& d,
                                            Lanes magnitude, Mask negative) {
  const Division upper = divide_by_group(d, magnitude);
  const Division top = divide_by_group(d, upper.quotient);
  DecimalTexts t;
  t.words[0] = digits_of_fours(d, top.quotient << 32);  // at most 1844
  t.words[1] = digits_of_eights(d, top.remainder);
  t.words[2] = digits_of_eights(d, upper.remainder);

  // The first digit that is not 0, or the last one.
  const Mask short_ones = below(t.words[0], d.one);
  const Mask shortest = short_ones & below(t.words[1], d.one);
  Lanes leading = select(short_ones, t.words[1], t.words[0]);
  leading = select(shortest, t.words[2] | d.last_digit, leading);
  const Lanes lowest_bit = lanes(_mm512_lzcnt_epi64(raw(leading & (d.zero - leading))));
  t.front = (d.bits - lowest_bit) & d.bytes;
  t.front += select(shortest, d.text, select(short_ones, c.dword_bits, d.zero));
  t.front -= select(negative, c.eight, d.zero);
  t.size = d.width - (t.front >> 3);

  const Lanes sign = select(negative, d.back, d.zero);
  for (std::size_t i = 0; i < t.words.size(); ++i) {
    t.words[i] = (t.words[i] + d.ascii) ^ left(sign, t.front - all(64 * i));
  }
  return t;
}

SEQFEAT_AVX512_INLINE Lanes hash_texts(const Constants& c, const DecimalConstants& d,
                                       const DecimalTexts& t) {
  const Mask from_0 = below(t.front, c.dword_bits);
  const auto from_2 = static_cast<Mask>(~below(t.front, d.text));
  const Lanes shift = t.front & d.bits;
  const Lanes back = c.dword_bits - shift;
  const Lanes here = select(from_0, t.words[0], select(from_2, t.words[2], t.words[1]));
  const Lanes next = select(from_0, t.words[1], select(from_2, d.zero, t.words[2]));
  const Lanes first = right(here, shift) | left(next, back);
  const Lanes last = select(below(t.size, c.eight), t.words[2] >> 32, t.words[2]);
  Operands operands = operands_0_to_16(c, first, last, t.size);
  const Mask medium = below(c.sixteen, t.size);
  if (medium != 0) {
    const Lanes second = right(t.words[1], shift) | left(t.words[2], back);
    merge_17_to_32(c, operands, medium, {first, second}, {t.words[1], t.words[2]});
  }
  return finish(operands);
}

}  // namespace

SEQFEAT_AVX512 void hash_integers_avx512(const detail::HashArgs& args, std::int64_t begin,
                                         std::int64_t end) {
  if (end - begin < kLanes) return hash_range_scalar(args, begin, end);  // not worth the set-up
  const Constants c = constants();
  const DecimalConstants d = decimal_constants();
  const Modulo buckets(args.buckets.divisor());
  for (std::int64_t i = begin; i < end; i += kLanes) {
    const std::int64_t count = std::min(kLanes, end - i);
    Lanes values;
    if (count == kLanes) {
      values = load_integers(args.data, args.dtype, i);
    } else {
      std::array<std::int64_t, kLanes> some{};
      for (std::int64_t k = 0; k < count; ++k) {
        some[static_cast<std::size_t>(k)] = integer_at(args.data, args.dtype, i + k);
      }
      values = load(some.data());
    }
    const Mask minus = args.dtype == DType::uint64 ? Mask{0} : negative(values);
    const Lanes magnitude = select(minus, d.zero - values, values);
    Lanes ids = hash_texts(c, d, texts_of(c, d, magnitude, minus));
    if (args.modulo) ids = buckets(ids);
    const auto here = static_cast<Mask>((1 << count) - 1);
    if (args.wide) {
      store(static_cast<std::int64_t*>(args.out) + i, here, ids);
    } else {
      store(static_cast<std::int32_t*>(args.out) + i, here, ids);
    }
  }
}

}  // namespace seqfeat::cpu
#endif
