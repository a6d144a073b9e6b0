// SPDX-License-Identifier: Apache-2.0
#pragma once

// CUDA's vector types with CUDA's alignments, so that UBSan sees a misaligned vector access.

#define SIMT_VECTOR_TYPES(T, N, A)                 \
  struct alignas(A) N##1 {                         \
    T x;                                           \
  };                                               \
  struct alignas(2 * (A)) N##2 {                   \
    T x, y;                                        \
  };                                               \
  struct alignas(A) N##3 {                         \
    T x, y, z;                                     \
  };                                               \
  struct alignas((A) > 4 ? 16 : 4 * (A)) N##4 {    \
    T x, y, z, w;                                  \
  };                                               \
  constexpr N##1 make_##N##1(T x) {                \
    return {x};                                    \
  }                                                \
  constexpr N##2 make_##N##2(T x, T y) {           \
    return {x, y};                                 \
  }                                                \
  constexpr N##3 make_##N##3(T x, T y, T z) {      \
    return {x, y, z};                              \
  }                                                \
  constexpr N##4 make_##N##4(T x, T y, T z, T w) { \
    return {x, y, z, w};                           \
  }
SIMT_VECTOR_TYPES(signed char, char, 1)
SIMT_VECTOR_TYPES(unsigned char, uchar, 1)
SIMT_VECTOR_TYPES(short, short, 2)
SIMT_VECTOR_TYPES(unsigned short, ushort, 2)
SIMT_VECTOR_TYPES(int, int, 4)
SIMT_VECTOR_TYPES(unsigned, uint, 4)
SIMT_VECTOR_TYPES(long, long, 8)
SIMT_VECTOR_TYPES(unsigned long, ulong, 8)
SIMT_VECTOR_TYPES(long long, longlong, 8)
SIMT_VECTOR_TYPES(unsigned long long, ulonglong, 8)
SIMT_VECTOR_TYPES(float, float, 4)
SIMT_VECTOR_TYPES(double, double, 8)
#undef SIMT_VECTOR_TYPES

/// Extents of a grid or a block.
struct dim3 {
  unsigned x, y, z;

  constexpr dim3(unsigned x_extent = 1, unsigned y_extent = 1, unsigned z_extent = 1)
      : x(x_extent), y(y_extent), z(z_extent) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  constexpr operator uint3() const { return {x, y, z}; }
};
