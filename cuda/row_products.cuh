// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "cuda/contribution_sums.cuh"
#include "cuda/norms.cuh"
#include "seqfeat/gradient.hpp"

// The gradient of one row, by a warp, where its sums of products with itself or with the row are
// wanted: a lane sums a vector, and takes part in the products as lane of 32 (see
// sum_of_products). Between the two stands shared memory.

namespace seqfeat::cuda {

/// In shared memory: what the lanes of a warp have of a row at one time.
struct RowChunk {
  alignas(16) float elements[32 * 4];
};

/// A row of a table that changes.
class TableRow {
 public:
  __device__ __forceinline__ TableRow(const detail::TrainedTable& table, std::int64_t row)
      : data_(static_cast<const unsigned char*>(table.data) +
              (row * table.pitch << log_size_of(table.type))),
        type_(table.type) {}

  /// Vector `v`.
  template <int N>
  [[nodiscard]] __device__ __forceinline__ Floats<N> vector(std::int64_t v) const {
    if (type_ == FloatType::float32) {
      return widened<4, N>(load_changing<4 * N>(data_ + v * (4 * N)), type_);
    }
    return widened<2, N>(load_changing<2 * N>(data_ + v * (2 * N)), type_);
  }
  [[nodiscard]] __device__ __forceinline__ float operator[](std::int64_t d) const {
    return vector<1>(d).v[0];
  }

 private:
  const unsigned char* data_;
  FloatType type_;
};

/// `sum(v)` gives vector v of the gradient, of `N` elements. All lanes call all members. A row of
/// more than one chunk is summed again for each of them.
template <class Sum>
class GradientOfRow {
  using Vector = decltype(std::declval<const Sum&>()(std::int64_t{}));
  static constexpr int kElements = sizeof(Vector) / sizeof(float);
  static constexpr std::int64_t kChunk = 32 * kElements;

 public:
  __device__ __forceinline__ GradientOfRow(std::int64_t dim, RowChunk& chunk, const Sum& sum)
      : dim_(dim), chunk_(chunk), sum_(sum) {}

  /// From here on the gradient is that through max_norm.
  __device__ __forceinline__ void limit(const TableRow& row, float max_norm) {
    const auto square = [&](std::int64_t d) { return row[d] * row[d]; };
    const float of_lane = products_of_lane<float>(lane(), dim_, square);
    const float norm = root_of_squares(sum_from_warp(dim_, square, of_lane));
    const float product = products(row, [&](std::int64_t d) { return element(d) * row[d]; });
    limit_ = MaxNormGradient::at(max_norm, norm, product);
  }
  /// The sum of its squares.
  [[nodiscard]] __device__ __forceinline__ float squares(const TableRow& row) {
    return products(row, [&](std::int64_t d) { return element(d) * element(d); });
  }
  /// Calls `use(v, vector)` for all vectors.
  template <class Use>
  __device__ __forceinline__ void for_each_vector(const TableRow& row, const Use& use) {
    __syncwarp();  // all have read the row that `use` may change
#pragma unroll 1
    for (std::int64_t d = 0; d < dim_; d += kChunk) {
      const std::int64_t v = d / kElements + lane();
      const Vector here = vector(row, v);
      if (v * kElements < dim_) use(v, here);
    }
  }

 private:
  [[nodiscard]] static __device__ __forceinline__ int lane() {
    return static_cast<int>(threadIdx.x % 32);
  }
  [[nodiscard]] __device__ __forceinline__ float element(std::int64_t d) const {
    return chunk_.elements[d & (kChunk - 1)];
  }
  /// Vector `v`; that of a row of one chunk is summed once.
  [[nodiscard]] __device__ __forceinline__ Vector vector(const TableRow& row, std::int64_t v) {
    if (v * kElements >= dim_) return {};
    if (!summed_ || dim_ > kChunk) last_ = sum_(v);
    summed_ = true;
    return limit_.clips ? limit_.through(last_, row.template vector<kElements>(v)) : last_;
  }
  /// The sum of `product(d)` over the row, which asks for elements.
  template <class Product>
  [[nodiscard]] __device__ __forceinline__ float products(const TableRow& row,
                                                          const Product& product) {
    float of_lane = 0.0F;
    const std::int64_t whole = dim_ & ~std::int64_t{31};
#pragma unroll 1
    for (std::int64_t first = 0; first < dim_; first += kChunk) {
      __syncwarp();
      *(reinterpret_cast<Vector*>(chunk_.elements) + lane()) =
          vector(row, first / kElements + lane());
      __syncwarp();
#pragma unroll
      for (int k = 0; k < kElements; ++k) {
        const std::int64_t d = first + k * 32 + lane();
        if (d < whole) of_lane = of_lane + product(d);
      }
    }
    return sum_from_warp(dim_, product, of_lane);
  }
  std::int64_t dim_;
  RowChunk& chunk_;
  Sum sum_;
  MaxNormGradient limit_;
  Vector last_{};
  bool summed_ = false;
};

}  // namespace seqfeat::cuda
