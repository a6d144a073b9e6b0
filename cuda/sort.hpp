// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/port.cuh"
#include "cuda/training.hpp"
#include "seqfeat/stream.hpp"

// The seam of the sort: CUB's on a device, a plain one (SEQFEAT_PLAIN_SORT) for machines that run
// our kernels, but not CUB's.

#if defined(SIMT_EMULATOR)
#define SEQFEAT_PLAIN_SORT
#endif

namespace seqfeat::cuda {

/// What is sorted: `count` < 2^32 pairs, by the lowest `bits` bits of their keys.
struct SortShape {
  std::int64_t count = 0;
  int bits = 0;  ///< More than 32: of keys of 64 bits.
};

/// Keys and numbers, as they come and as they go.
struct SortArrays {
  Keys keys;
  const std::uint32_t* numbers;
  Keys sorted_keys;
  std::uint32_t* sorted_numbers;
};

/// Bytes of memory that the sort of such pairs wants besides.
[[nodiscard]] std::int64_t sort_bytes(const SortShape& shape);

/// Sorts, and leaves pairs of equal keys in their order. What comes in stays as it is, so that it
/// can be sorted again.
void sort_pairs(const SortShape& shape, const SortArrays& arrays, void* memory, Stream stream);

}  // namespace seqfeat::cuda
