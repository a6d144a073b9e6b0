// SPDX-License-Identifier: Apache-2.0
#include "cpu/streaming.hpp"

#include <cstddef>
#include <cstring>
#ifdef __x86_64__
#include <immintrin.h>

#include "backend/simd.hpp"
#endif

namespace seqfeat::cpu {

#ifdef __x86_64__

namespace {

constexpr std::int64_t kNarrow = sizeof(__m128i);
constexpr std::int64_t kWide = sizeof(__m256i);
static_assert(2 * kWide == kLineBytes);

__m128i* narrow_at(std::byte* at) {
  return reinterpret_cast<__m128i*>(at);
}
__m256i* wide_at(std::byte* at) {
  return reinterpret_cast<__m256i*>(at);
}

// Half a line a store: on processors that split a line into more stores these reach half the rate.
__attribute__((target("avx2"))) void copy_wide(std::byte* to, const std::byte* from,
                                               std::int64_t lines) {
  for (; lines > 0; --lines, to += kLineBytes, from += kLineBytes) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + kWide));
    _mm256_stream_si256(wide_at(to), low);
    _mm256_stream_si256(wide_at(to + kWide), high);
  }
}

__attribute__((target("avx2"))) void zero_wide(std::byte* to, std::int64_t lines) {
  const __m256i zero = _mm256_setzero_si256();
  for (; lines > 0; --lines, to += kLineBytes) {
    _mm256_stream_si256(wide_at(to), zero);
    _mm256_stream_si256(wide_at(to + kWide), zero);
  }
}

void copy_narrow(std::byte* to, const std::byte* from, std::int64_t lines) {
  for (std::int64_t i = 0; i < lines * kLineBytes; i += kNarrow) {
    _mm_stream_si128(narrow_at(to + i),
                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)));
  }
}

void zero_narrow(std::byte* to, std::int64_t lines) {
  for (std::int64_t i = 0; i < lines * kLineBytes; i += kNarrow) {
    _mm_stream_si128(narrow_at(to + i), _mm_setzero_si128());
  }
}

const bool kHasWide = detail::in_use(detail::Part::copying) >= detail::Simd::avx2;

}  // namespace

bool has_wide_stores() noexcept {
  return kHasWide;
}
void stream_lines(void* to, const void* from, std::int64_t lines, bool wide) noexcept {
  auto* out = static_cast<std::byte*>(to);
  const auto* in = static_cast<const std::byte*>(from);
  wide ? copy_wide(out, in, lines) : copy_narrow(out, in, lines);
}
void stream_zeros(void* to, std::int64_t lines, bool wide) noexcept {
  auto* out = static_cast<std::byte*>(to);
  wide ? zero_wide(out, lines) : zero_narrow(out, lines);
}
void streaming_done() noexcept {
  _mm_sfence();
}

#else  // where memcpy and memset know better than we do

bool has_wide_stores() noexcept {
  return false;
}
void stream_lines(void* to, const void* from, std::int64_t lines, bool /*wide*/) noexcept {
  std::memcpy(to, from, static_cast<std::size_t>(lines * kLineBytes));
}
void stream_zeros(void* to, std::int64_t lines, bool /*wide*/) noexcept {
  std::memset(to, 0, static_cast<std::size_t>(lines * kLineBytes));
}
void streaming_done() noexcept {}

#endif

}  // namespace seqfeat::cpu
