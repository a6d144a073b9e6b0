// SPDX-License-Identifier: Apache-2.0
#include "cpu/streaming.hpp"

#include <cstring>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace seqfeat::cpu {

#ifdef __x86_64__

namespace {

// Half a line a store: on processors that split a line into more stores these reach half the rate.
__attribute__((target("avx2"))) void copy_wide(float* to, const float* from, std::int64_t lines) {
  for (; lines > 0; --lines, to += kLineFloats, from += kLineFloats) {
    const __m256 low = _mm256_loadu_ps(from);
    const __m256 high = _mm256_loadu_ps(from + 8);
    _mm256_stream_ps(to, low);
    _mm256_stream_ps(to + 8, high);
  }
}

__attribute__((target("avx2"))) void zero_wide(float* to, std::int64_t lines) {
  const __m256 zero = _mm256_setzero_ps();
  for (; lines > 0; --lines, to += kLineFloats) {
    _mm256_stream_ps(to, zero);
    _mm256_stream_ps(to + 8, zero);
  }
}

void copy_narrow(float* to, const float* from, std::int64_t lines) {
  for (std::int64_t i = 0; i < lines * kLineFloats; i += 4) {
    _mm_stream_ps(to + i, _mm_loadu_ps(from + i));
  }
}

void zero_narrow(float* to, std::int64_t lines) {
  for (std::int64_t i = 0; i < lines * kLineFloats; i += 4) {
    _mm_stream_ps(to + i, _mm_setzero_ps());
  }
}

const bool kWide = __builtin_cpu_supports("avx2") != 0;

}  // namespace

bool has_wide_stores() noexcept {
  return kWide;
}
void stream_lines(float* to, const float* from, std::int64_t lines, bool wide) noexcept {
  wide ? copy_wide(to, from, lines) : copy_narrow(to, from, lines);
}
void stream_zeros(float* to, std::int64_t lines, bool wide) noexcept {
  wide ? zero_wide(to, lines) : zero_narrow(to, lines);
}
void streaming_done() noexcept {
  _mm_sfence();
}

#else  // where memcpy and memset know better than we do

bool has_wide_stores() noexcept {
  return false;
}
void stream_lines(float* to, const float* from, std::int64_t lines, bool /*wide*/) noexcept {
  std::memcpy(to, from, static_cast<std::size_t>(lines * kLineFloats) * sizeof(float));
}
void stream_zeros(float* to, std::int64_t lines, bool /*wide*/) noexcept {
  std::memset(to, 0, static_cast<std::size_t>(lines * kLineFloats) * sizeof(float));
}
void streaming_done() noexcept {}

#endif

}  // namespace seqfeat::cpu
