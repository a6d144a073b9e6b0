// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstddef>
#include <cstdint>

#include "cuda/port.cuh"
#include "seqfeat/float_type.hpp"

// Elements side by side: as they are stored, and as they are calculated with.

namespace seqfeat::cuda {

/// `N` floats; arithmetic is element by element.
template <int N>
struct Floats {
  float v[static_cast<std::size_t>(N)];

  __device__ Floats operator+() const { return *this; }
  friend __device__ Floats operator+(Floats a, const Floats& b) {
    for (int i = 0; i < N; ++i) a.v[i] = a.v[i] + b.v[i];
    return a;
  }
  friend __device__ Floats operator-(Floats a, const Floats& b) {
    for (int i = 0; i < N; ++i) a.v[i] = a.v[i] - b.v[i];
    return a;
  }
  friend __device__ Floats operator*(Floats a, const Floats& b) {
    for (int i = 0; i < N; ++i) a.v[i] = a.v[i] * b.v[i];
    return a;
  }
  friend __device__ Floats operator*(Floats a, float b) {
    for (int i = 0; i < N; ++i) a.v[i] = a.v[i] * b;
    return a;
  }
  friend __device__ Floats operator/(Floats a, float b) {
    for (int i = 0; i < N; ++i) a.v[i] = a.v[i] / b;
    return a;
  }
};

/// 2, 4, 8 or 16 bytes that are loaded or stored at once; 2 of them fill half a word.
template <int kBytes>
struct Raw {
  static constexpr int kWords = (kBytes + 3) / 4;
  std::uint32_t words[static_cast<std::size_t>(kWords)];
};

/// Loads what no kernel writes meanwhile; so the compiler knows that it is global memory.
template <int kBytes>
__device__ __forceinline__ Raw<kBytes> load_raw(const void* from) {
  if constexpr (kBytes == 16) {
    const uint4 x = __ldg(static_cast<const uint4*>(from));
    return {{x.x, x.y, x.z, x.w}};
  } else if constexpr (kBytes == 8) {
    const uint2 x = __ldg(static_cast<const uint2*>(from));
    return {{x.x, x.y}};
  } else if constexpr (kBytes == 4) {
    return {{__ldg(static_cast<const unsigned*>(from))}};
  } else {
    return {{__ldg(static_cast<const unsigned short*>(from))}};
  }
}

/// Loads what the kernel writes, too.
template <int kBytes>
__device__ __forceinline__ Raw<kBytes> load_changing(const void* from) {
  if constexpr (kBytes == 16) {
    const uint4 x = *static_cast<const uint4*>(from);
    return {{x.x, x.y, x.z, x.w}};
  } else if constexpr (kBytes == 8) {
    const uint2 x = *static_cast<const uint2*>(from);
    return {{x.x, x.y}};
  } else if constexpr (kBytes == 4) {
    return {{*static_cast<const unsigned*>(from)}};
  } else {
    return {{*static_cast<const unsigned short*>(from)}};
  }
}

/// Stores; `streaming` for outputs that would only push the tables out of the cache.
template <class Word>
__device__ __forceinline__ void store_word(void* to, const Word& word, bool streaming) {
  if (streaming) {
    __stcs(static_cast<Word*>(to), word);
  } else {
    *static_cast<Word*>(to) = word;
  }
}
template <int kBytes>
__device__ __forceinline__ void store_raw(void* to, const Raw<kBytes>& x, bool streaming) {
  if constexpr (kBytes == 16) {
    store_word(to, make_uint4(x.words[0], x.words[1], x.words[2], x.words[3]), streaming);
  } else if constexpr (kBytes == 8) {
    store_word(to, make_uint2(x.words[0], x.words[1]), streaming);
  } else if constexpr (kBytes == 4) {
    store_word(to, static_cast<unsigned>(x.words[0]), streaming);
  } else {
    *static_cast<unsigned short*>(to) = static_cast<unsigned short>(x.words[0]);
  }
}

/// The binary logarithm of an element's size.
__device__ __forceinline__ unsigned log_size_of(FloatType type) {
  return type == FloatType::float32 ? 2 : 1;
}

/// `N` elements of a row as they are stored; unary + widens them.
template <FloatType kType, int N>
struct Elements {
  Raw<N* static_cast<int>(size_of(kType))> raw;

  __device__ __forceinline__ Floats<N> operator+() const {
    Floats<N> out;
#pragma unroll
    for (int i = 0; i < N; ++i) {
      if constexpr (kType == FloatType::float32) {
        out.v[i] = __uint_as_float(raw.words[i]);
      } else if constexpr (kType == FloatType::bfloat16) {
        const std::uint32_t word = raw.words[i / 2];
        out.v[i] = __uint_as_float(i % 2 == 0 ? word << 16 : word & 0xffff0000U);
      } else {
        const std::uint32_t word = raw.words[i / 2];
        const auto bits = static_cast<unsigned short>(i % 2 == 0 ? word & 0xffffU : word >> 16);
        out.v[i] = __half2float(__ushort_as_half(bits));
      }
    }
    return out;
  }
};

/// The `N` elements at `from`.
template <FloatType kType, int N>
__device__ __forceinline__ Elements<kType, N> load_elements(const unsigned char* from) {
  return {load_raw<N* static_cast<int>(size_of(kType))>(from)};
}

/// One element of a type that is told at run time, widened.
__device__ __forceinline__ float load_element(const unsigned char* from, FloatType type) {
  if (type == FloatType::float32) return (+load_elements<FloatType::float32, 1>(from)).v[0];
  if (type == FloatType::float16) return (+load_elements<FloatType::float16, 1>(from)).v[0];
  return (+load_elements<FloatType::bfloat16, 1>(from)).v[0];
}

/// The nearest value of a half type, as its bits.
template <FloatType kType>
__device__ __forceinline__ std::uint32_t half_bits(float x) {
  if constexpr (kType == FloatType::bfloat16) {
    return __bfloat16_as_ushort(__float2bfloat16_rn(x));
  } else {
    return __half_as_ushort(__float2half_rn(x));
  }
}

/// Floats as they are stored.
template <FloatType kType, int N>
__device__ __forceinline__ Raw<N* static_cast<int>(size_of(kType))> narrowed(const Floats<N>& x) {
  Raw<N* static_cast<int>(size_of(kType))> raw{};
#pragma unroll
  for (int i = 0; i < N; ++i) {
    if constexpr (kType == FloatType::float32) {
      raw.words[i] = __float_as_uint(x.v[i]);
    } else {
      raw.words[i / 2] |= half_bits<kType>(x.v[i]) << (16 * (i % 2));
    }
  }
  return raw;
}

/// Rounds and stores floats in the output's type.
template <int N>
__device__ __forceinline__ void store_floats(void* to, const Floats<N>& x, FloatType type,
                                             bool streaming) {
  if (type == FloatType::float32) {
    store_raw(to, narrowed<FloatType::float32>(x), streaming);
  } else if (type == FloatType::float16) {
    store_raw(to, narrowed<FloatType::float16>(x), streaming);
  } else {
    store_raw(to, narrowed<FloatType::bfloat16>(x), streaming);
  }
}

}  // namespace seqfeat::cuda
