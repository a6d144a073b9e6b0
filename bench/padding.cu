// SPDX-License-Identifier: Apache-2.0
#include "bench/padding.hpp"

#include <algorithm>

#include "backend/divisor.hpp"
#include "cuda/launch.cuh"

namespace seqfeat::bench {
namespace {

constexpr int kVectors = 4;  // a thread, in flight
constexpr std::int64_t kPerBlock = std::int64_t{kVectors} * cuda::kThreads;
constexpr unsigned kMaskBytes = 16;  // a thread

constexpr std::int64_t blocks_for(std::int64_t items, std::int64_t per_block) {
  return (items + per_block - 1) / per_block;
}

__global__ void fill_kernel(uint4* __restrict__ to, std::int64_t vectors,
                            unsigned char* __restrict__ rest, unsigned rest_bytes) {
  const std::int64_t first = std::int64_t{blockIdx.x} * kPerBlock + threadIdx.x;
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const std::int64_t i = first + k * std::int64_t{cuda::kThreads};
    if (i < vectors) to[i] = make_uint4(0, 0, 0, 0);
  }
  if (blockIdx.x == 0 && threadIdx.x < rest_bytes) rest[threadIdx.x] = 0;
}

/// `row_vectors` splits places of the output into row and place in the row; a step is
/// `step_vectors` of them. All loads stand before the stores.
template <class Vector>
__global__ void __launch_bounds__(cuda::kThreads)
    pad_kernel(const Vector* __restrict__ ragged, const std::int64_t* __restrict__ row_offsets,
               std::int64_t vectors, detail::Divisor row_vectors, std::int64_t step_vectors,
               Vector* __restrict__ values) {
  const std::int64_t first = std::int64_t{blockIdx.x} * kPerBlock + threadIdx.x;
  Vector held[kVectors] = {};
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const std::int64_t i = first + k * std::int64_t{cuda::kThreads};
    if (i >= vectors) continue;
    const auto [row, place] = row_vectors.split(i);
    const std::int64_t from = row_offsets[row] * step_vectors + place;
    if (from < row_offsets[row + 1] * step_vectors) held[k] = ragged[from];
  }
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    const std::int64_t i = first + k * std::int64_t{cuda::kThreads};
    if (i < vectors) values[i] = held[k];
  }
}

template <class Vector>
void launch_pad(const float* ragged, const std::int64_t* row_offsets, std::int64_t rows,
                std::int64_t width, std::int64_t dim, float* values, Stream stream) {
  const std::int64_t step =
      dim * static_cast<std::int64_t>(sizeof(float)) / static_cast<std::int64_t>(sizeof(Vector));
  const std::int64_t vectors = rows * width * step;
  cuda::launch("pad_kernel", pad_kernel<Vector>, {blocks_for(vectors, kPerBlock)}, stream,
               reinterpret_cast<const Vector*>(ragged), row_offsets, vectors,
               detail::Divisor(width * step), step, reinterpret_cast<Vector*>(values));
}

__device__ std::int64_t length_of(const std::int64_t* row_offsets, std::int64_t row,
                                  std::int64_t rows) {
  return row < rows ? row_offsets[row + 1] - row_offsets[row] : 0;
}

/// A thread writes 16 bytes of the mask and one length.
__global__ void __launch_bounds__(cuda::kThreads)
    mask_kernel(const std::int64_t* __restrict__ row_offsets, std::int64_t rows, std::int64_t width,
                detail::Divisor by_width, std::int64_t* __restrict__ lengths,
                std::uint8_t* __restrict__ mask) {
  const std::int64_t i = std::int64_t{blockIdx.x} * cuda::kThreads + threadIdx.x;
  if (i < rows) lengths[i] = length_of(row_offsets, i, rows);
  const std::int64_t cells = rows * width;
  const std::int64_t first = i * kMaskBytes;
  if (first >= cells) return;
  auto [row, t] = by_width.split(first);
  std::int64_t length = length_of(row_offsets, row, rows);
  std::uint32_t words[kMaskBytes / 4] = {};
#pragma unroll
  for (unsigned k = 0; k < kMaskBytes; ++k) {
    if (t < length) words[k / 4] |= 1U << (8 * (k % 4));
    if (++t < width) continue;
    t = 0;
    length = length_of(row_offsets, ++row, rows);
  }
  if (first + kMaskBytes <= cells) {
    *reinterpret_cast<uint4*>(mask + first) = make_uint4(words[0], words[1], words[2], words[3]);
    return;
  }
#pragma unroll
  for (unsigned k = 0; k < kMaskBytes; ++k) {
    if (first + k < cells) mask[first + k] = words[k / 4] >> (8 * (k % 4)) & 1;
  }
}

}  // namespace

void fill_with_zeros(void* data, std::int64_t bytes, Stream stream) {
  const std::int64_t vectors = bytes / 16;
  cuda::launch("fill_kernel", fill_kernel,
               {std::max<std::int64_t>(blocks_for(vectors, kPerBlock), 1)}, stream,
               static_cast<uint4*>(data), vectors, static_cast<unsigned char*>(data) + vectors * 16,
               static_cast<unsigned>(bytes % 16));
}

void pad_rows(const float* ragged, const std::int64_t* row_offsets, std::int64_t rows,
              std::int64_t width, std::int64_t dim, float* values, Stream stream) {
  const auto pad = dim % 4 == 0   ? launch_pad<float4>
                   : dim % 2 == 0 ? launch_pad<float2>
                                  : launch_pad<float>;
  pad(ragged, row_offsets, rows, width, dim, values, stream);
}

void mask_rows(const std::int64_t* row_offsets, std::int64_t rows, std::int64_t width,
               std::int64_t* lengths, std::uint8_t* mask, Stream stream) {
  const std::int64_t threads = std::max(rows, blocks_for(rows * width, kMaskBytes));
  cuda::launch("mask_kernel", mask_kernel, {blocks_for(threads, cuda::kThreads)}, stream,
               row_offsets, rows, width, detail::Divisor(width), lengths, mask);
}

}  // namespace seqfeat::bench
