// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/port.cuh"

namespace seqfeat::cuda {

/// `N` floats side by side, loaded and stored at once; arithmetic is element by element.
template <int N>
struct alignas(sizeof(float) * static_cast<unsigned>(N)) Floats {
  float v[static_cast<std::size_t>(N)];

  friend __device__ Floats operator+(Floats a, const Floats& b) {
    for (int i = 0; i < N; ++i) a.v[i] = a.v[i] + b.v[i];
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

/// Loads what no kernel writes meanwhile; so the compiler knows that it is global memory.
template <int N>
__device__ __forceinline__ Floats<N> load_floats(const float* from) {
  if constexpr (N == 4) {
    const float4 x = __ldg(reinterpret_cast<const float4*>(from));
    return {{x.x, x.y, x.z, x.w}};
  } else if constexpr (N == 2) {
    const float2 x = __ldg(reinterpret_cast<const float2*>(from));
    return {{x.x, x.y}};
  } else {
    return {{__ldg(from)}};
  }
}

__device__ __forceinline__ void stream_store(float* to, const Floats<4>& x) {
  __stcs(reinterpret_cast<float4*>(to), make_float4(x.v[0], x.v[1], x.v[2], x.v[3]));
}
__device__ __forceinline__ void stream_store(float* to, const Floats<2>& x) {
  __stcs(reinterpret_cast<float2*>(to), make_float2(x.v[0], x.v[1]));
}
__device__ __forceinline__ void stream_store(float* to, const Floats<1>& x) {
  __stcs(to, x.v[0]);
}

/// Stores; `streaming` for outputs that would only push the tables out of the cache.
template <int N>
__device__ __forceinline__ void store_floats(float* to, const Floats<N>& x, bool streaming) {
  if (streaming) {
    stream_store(to, x);
  } else {
    *reinterpret_cast<Floats<N>*>(to) = x;
  }
}

/// Calls `body` with the widest vector (as Floats<4>, <2> or <1>) that fits all addresses and
/// sizes, given the bits of all of them in bytes, or-ed together.
template <class Body>
__device__ __forceinline__ void with_widest_floats(std::uint64_t bits, const Body& body) {
  if ((bits & 15) == 0) {
    body(Floats<4>{});
  } else if ((bits & 7) == 0) {
    body(Floats<2>{});
  } else {
    body(Floats<1>{});
  }
}

}  // namespace seqfeat::cuda
