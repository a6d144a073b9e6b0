// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/stream.hpp"

// Kernels that write outputs: the second half of the road by themselves, as libraries have them
// that look up first and pad then, and zeros. Row offsets count steps; everything is on the device.

namespace seqfeat::bench {

/// Sets `bytes` bytes at `data` to zero by stores of 16 bytes, the last few one by one: what any
/// kernel that writes as much can hope for.
///
/// Stream   Enqueues on `stream`; `data` is at a multiple of 16 bytes.
void fill_with_zeros(void* data, std::int64_t bytes, Stream stream);

/// Rows of floats [nnz, dim] -> values [rows, width, dim], with zeros behind each row's end.
///
/// Stream   Enqueues on `stream`. Vectors are as wide as `dim` allows, 16 bytes at most.
void pad_rows(const float* ragged, const std::int64_t* row_offsets, std::int64_t rows,
              std::int64_t width, std::int64_t dim, float* values, Stream stream);

/// Row offsets -> lengths [rows] and mask [rows, width].
///
/// Stream   Enqueues on `stream`.
void mask_rows(const std::int64_t* row_offsets, std::int64_t rows, std::int64_t width,
               std::int64_t* lengths, std::uint8_t* mask, Stream stream);

}  // namespace seqfeat::bench
