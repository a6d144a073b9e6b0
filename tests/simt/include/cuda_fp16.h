// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda_runtime.h"
#include "simt/small_floats.hpp"

// Half precision as storage: conversions only, since all arithmetic here is in float.

struct __half_raw {
  unsigned short x;
};

struct __half {
  __half() = default;
  constexpr __half(__half_raw raw) : bits_(raw.x) {}
  explicit constexpr __half(float value) : bits_(simt::half_from_float(value)) {}
  constexpr operator float() const { return simt::float_from_half(bits_); }
  constexpr operator __half_raw() const { return {bits_}; }

 private:
  unsigned short bits_;
};
using half = __half;

struct alignas(4) __half2 {
  __half x, y;
};
using half2 = __half2;

inline __half __float2half_rn(float value) {
  return __half(value);
}
inline __half __float2half(float value) {
  return __half(value);
}
inline float __half2float(__half value) {
  return value;
}
inline unsigned short __half_as_ushort(__half value) {
  return static_cast<__half_raw>(value).x;
}
inline __half __ushort_as_half(unsigned short bits) {
  return __half_raw{bits};
}
inline __half2 __halves2half2(__half x, __half y) {
  return {x, y};
}
inline __half2 __floats2half2_rn(float x, float y) {
  return {__half(x), __half(y)};
}
inline float2 __half22float2(__half2 value) {
  return {value.x, value.y};
}
inline __half __low2half(__half2 value) {
  return value.x;
}
inline __half __high2half(__half2 value) {
  return value.y;
}
