// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/port.cuh"
#include "seqfeat/hash.hpp"

// How a warp hashes a run of integers: a lane an integer, its decimal text in registers.

namespace seqfeat::cuda {

/// Hashes `count` integers from value `first` on; `put(i, fingerprint)` gets the i-th of them.
template <class Put>
__device__ void hash_integers(const void* data, DType dtype, std::int64_t first, unsigned count,
                              const Put& put) {
  const bool wide = size_of(dtype) == 8;
  const auto* wide_ones = static_cast<const std::int64_t*>(data) + first;
  for (unsigned i = threadIdx.x % 32; i < count; i += 32) {
    const std::int64_t bits = wide ? __ldg(wide_ones + i) : integer_at(data, dtype, first + i);
    put(i, fingerprint64_of_integer(bits, dtype));
  }
}

}  // namespace seqfeat::cuda
