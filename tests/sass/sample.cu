// SPDX-License-Identifier: Apache-2.0
// Kernels small enough to be counted by hand; sample.sass is what nvcc made of them (see
// sass_test.py).

struct Mixer {
  unsigned factor;

  __device__ unsigned once(unsigned x) const { return (x ^ (x >> 15)) * factor; }
};

__device__ unsigned mix_short(unsigned x) {
  return Mixer{0x9e3779b9}.once(x);
}

__device__ unsigned mix_long(unsigned x, int size) {
#pragma unroll 1
  for (int i = 0; i < size; i += 8) {
    x = Mixer{0x85ebca6b}.once(x) + static_cast<unsigned>(i);
  }
  return x;
}

__global__ void sample_paths_kernel(const unsigned* words, const int* sizes, unsigned* out,
                                    int count) {
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < count; i += 256) {
    const int size = sizes[i];
    if (size < 8) {
      out[i] = mix_short(words[i]);
    } else {
      out[i] = mix_long(words[i], size);
    }
  }
}

__device__ float4 load_floats(const float4* from) {
  return __ldg(from);
}

template <int N>
__global__ void sample_rows_kernel(const float4* rows, const int* ids, int count, float4* out) {
#pragma unroll 1
  for (int i = 0; i < count; i += N) {
    float4 row[N];
    for (int j = 0; j < N; ++j) row[j] = load_floats(rows + ids[i + j] * 256LL + threadIdx.x);
    for (int j = 0; j < N; ++j) out[(i + j) * 256LL + threadIdx.x] = row[j];
  }
}
template __global__ void sample_rows_kernel<3>(const float4*, const int*, int, float4*);
