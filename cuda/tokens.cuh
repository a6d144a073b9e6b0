// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/integers.cuh"
#include "cuda/launch.cuh"
#include "cuda/strings.cuh"
#include "seqfeat/ragged.hpp"

// How a warp hashes a run of tokens, whatever they are.

namespace seqfeat::cuda {

/// Where tokens are; what kernels need of a RaggedView.
struct Tokens {
  const void* data;
  Offsets byte_offsets;
  std::int64_t bytes;
  DType dtype;
};

__device__ inline Tokens tokens_of(const RaggedView& view) {
  return {view.data, view.byte_offsets, view.bytes, view.dtype};
}

using Stages = Stage[kWarps];

/// The bucket of a fingerprint: buckets(), with half the instructions where 32 bits are enough.
__device__ inline std::int64_t bucket_of(const FastModulo& buckets, std::uint64_t fingerprint) {
  if (buckets.divisor() <= FastModulo::kMost32) return buckets.remainder_32(fingerprint);
  return static_cast<std::int64_t>(buckets(fingerprint));
}

/// Hashes the strings [first, first + count), whose offsets are of type `Offset`.
template <class Offset, class Put>
__device__ void hash_string_run(const Tokens& tokens, std::int64_t first, unsigned count,
                                Stage& stage, const Put& put) {
  hash_strings(ByteBuffer{static_cast<const unsigned char*>(tokens.data), tokens.bytes},
               kept(static_cast<const Offset*>(tokens.byte_offsets.data) + first), count, stage,
               put);
}

/// Hashes the tokens [first, first + count) warp-wide, 1 to kMostRun of them; `put(i, fingerprint)`
/// gets the i-th of them.
template <class Put>
__device__ void hash_run(const Tokens& tokens, std::int64_t first, std::int64_t count, Stage& stage,
                         const Put& put) {
  const auto here = static_cast<unsigned>(count);
  if (is_integer(tokens.dtype)) {
    hash_integers(tokens.data, tokens.dtype, first, here, put);
  } else if (tokens.byte_offsets.wide) {
    hash_string_run<std::int64_t>(tokens, first, here, stage, put);
  } else {
    hash_string_run<std::int32_t>(tokens, first, here, stage, put);
  }
}

}  // namespace seqfeat::cuda
