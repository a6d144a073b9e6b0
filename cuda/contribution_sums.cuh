// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/launch.cuh"
#include "cuda/training.hpp"
#include "cuda/vectors.cuh"
#include "seqfeat/gradient.hpp"

// Sums of contributions in the order of BlockSums, a vector of a row a thread. Four loads
// are under way before the first addition.

namespace seqfeat::cuda {

/// Rows that a thread has under way at once. More would need so many registers that fewer threads
/// were there.
inline constexpr int kAtOnce = 4;

/// Widens `N` elements of a gradient that was loaded in 4 or in 2 bytes an element.
template <int kBytes, int N>
__device__ __forceinline__ Floats<N> widened(const Raw<kBytes * N>& raw, FloatType type) {
  if constexpr (kBytes == 4) {
    return +Elements<FloatType::float32, N>{raw};
  } else {
    if (type == FloatType::float16) return +Elements<FloatType::float16, N>{raw};
    return +Elements<FloatType::bfloat16, N>{raw};
  }
}

/// In shared memory: where neighbouring sorted contributions stand, and their scales. So each is
/// looked up once, by one thread, and not by all that read a part of it.
struct Staged {
  static constexpr std::int64_t kMost = kPositions + kPart;

  std::int64_t places[kMost];
  float scales[kMost];
};

/// Stages `count` contributions from sorted position `first` on; the threads of a block take part,
/// and then a barrier.
__device__ __forceinline__ void stage(const TrainingMemory& memory, std::int64_t first,
                                      std::int64_t count, Staged& staged) {
  for (std::int64_t i = threadIdx.x; i < count; i += kThreads) {
    const std::uint32_t number = memory.sorted_numbers[first + i];
    staged.places[i] = memory.places[number];
    staged.scales[i] = memory.scales[number];
  }
}

/// Vector `v` of staged contributions; `kBytes` is the size of an element of the gradient.
template <int kBytes, int N>
class ContributionRows {
 public:
  __device__ __forceinline__ ContributionRows(const Staged& staged,
                                              const detail::GradientArgs& gradient, std::int64_t v)
      : staged_(staged),
        data_(static_cast<const unsigned char*>(gradient.data) + v * (kBytes * N)),
        type_(gradient.type) {}

  /// The sum of `n` in 1 to 8 contributions from `first` on, added one by one.
  [[nodiscard]] __device__ __forceinline__ Floats<N> sum_of_block(int first, int n) const {
    Floats<N> sum{};
#pragma unroll 1
    for (int at = 0; at < n; at += kAtOnce) {
      Raw<kBytes * N> rows[kAtOnce];
#pragma unroll
      for (int j = 0; j < kAtOnce; ++j) {
        rows[j] = Raw<kBytes * N>{};
        if (at + j >= n) continue;
        rows[j] = load_raw<kBytes * N>(
            data_ + detail::byte_of_place<kBytes>(staged_.places[first + at + j]));
      }
#pragma unroll
      for (int j = 0; j < kAtOnce; ++j) {
        if (at + j >= n) continue;
        const float scale = staged_.scales[first + at + j];
        const auto is_factor = [&] { return staged_.places[first + at + j] < 0; };
        const Floats<N> row = contribution(widened<kBytes, N>(rows[j], type_), scale, is_factor);
        sum = at + j == 0 ? row : sum + row;
      }
    }
    return sum;
  }

 private:
  const Staged& staged_;
  const unsigned char* data_;
  FloatType type_;
};

/// Vector `v` of rows of sums, `pitch` floats apart.
template <int N>
class SumRows {
 public:
  __device__ __forceinline__ SumRows(const float* rows, std::int64_t pitch, std::int64_t v)
      : rows_(rows + v * N), pitch_(pitch) {}

  [[nodiscard]] __device__ __forceinline__ Floats<N> sum_of_block(std::int64_t first, int n) const {
    Floats<N> sum{};
#pragma unroll 1
    for (int at = 0; at < n; at += kAtOnce) {
      Raw<4 * N> rows[kAtOnce];
#pragma unroll
      for (int j = 0; j < kAtOnce; ++j) {
        rows[j] = Raw<4 * N>{};
        if (at + j < n) rows[j] = load_changing<4 * N>(rows_ + (first + at + j) * pitch_);
      }
#pragma unroll
      for (int j = 0; j < kAtOnce; ++j) {
        if (at + j >= n) continue;
        const Floats<N> row = widened<4, N>(rows[j], FloatType::float32);
        sum = at + j == 0 ? row : sum + row;
      }
    }
    return sum;
  }

 private:
  const float* rows_;
  std::int64_t pitch_;
};

/// The sum of `n` in 1 to 8^kLevel rows from `first` on: that of blocks of the level below, which
/// are added in order.
template <int kLevel, int N, class Rows>
__device__ __forceinline__ Floats<N> sum_of_level(const Rows& rows, int first, int n) {
  if constexpr (kLevel == 1) {
    return rows.sum_of_block(first, n);
  } else {
    constexpr int kBelow = 1 << (3 * (kLevel - 1));
    Floats<N> sum{};
#pragma unroll 1
    for (int at = 0; at < n; at += kBelow) {
      const Floats<N> block =
          sum_of_level<kLevel - 1, N>(rows, first + at, n - at < kBelow ? n - at : kBelow);
      sum = at == 0 ? block : sum + block;
    }
    return sum;
  }
}

/// In shared memory: sums of 64 rows each, a vector a lane.
struct PartShared {
  alignas(16) float sums[kWarps * 32 * 4];
};

/// Sums `n` in 1 to kPart rows, with all threads of a block: a warp takes 64 rows,
/// a lane a vector. `rows(v)` gives vector v, of `vectors`; `store(v, sum)` is told the sums.
template <int N, class RowsOf, class Store>
__device__ __forceinline__ void sum_part(const RowsOf& rows, int n, std::int64_t vectors,
                                         const Store& store, PartShared& shared) {
  static_assert(kPart == kWarps * 64);
  const unsigned warp = threadIdx.x / 32;
  const unsigned lane = threadIdx.x % 32;
  auto* const sums = reinterpret_cast<Floats<N>*>(shared.sums);
#pragma unroll 1
  for (std::int64_t v = lane; v - lane < vectors; v += 32) {
    const int begin = static_cast<int>(warp) * 64;
    if (begin < n && v < vectors) {
      sums[warp * 32 + lane] = sum_of_level<2, N>(rows(v), begin, n - begin < 64 ? n - begin : 64);
    }
    __syncthreads();
    if (warp == 0 && v < vectors) {
      Floats<N> sum = sums[lane];
      for (unsigned w = 1; static_cast<int>(w) * 64 < n; ++w) sum = sum + sums[w * 32 + lane];
      store(v, sum);
    }
    __syncthreads();
  }
}

/// How many elements of a row of `dim` a vector has, if all that is read and written beside it
/// begins at multiples of the lowest of `bits`, in elements.
__device__ __forceinline__ int elements_of_vector(std::int64_t dim,
                                                  const detail::GradientArgs& gradient,
                                                  std::uint64_t bits) {
  bits |= reinterpret_cast<std::uintptr_t>(gradient.data) >> log_size_of(gradient.type);
  bits |= static_cast<std::uint64_t>(dim);
  return (bits & 3) == 0 ? 4 : (bits & 1) == 0 ? 2 : 1;
}

/// Calls `body.template operator()<kBytes, N>()` with the size of an element of the gradient and
/// the elements of a vector.
template <class Body>
__device__ __forceinline__ void with_gradient(FloatType type, int elements, const Body& body) {
  const auto of_size = [&]<int kBytes>() {
    if (elements == 4) return body.template operator()<kBytes, 4>();
    if (elements == 2) return body.template operator()<kBytes, 2>();
    body.template operator()<kBytes, 1>();
  };
  if (type == FloatType::float32) return of_size.template operator()<4>();
  of_size.template operator()<2>();
}

}  // namespace seqfeat::cuda
