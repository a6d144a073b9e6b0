// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/launch.cuh"
#include "cuda/strings.cuh"
#include "seqfeat/hash.hpp"
#include "seqfeat/ragged.hpp"

// How a warp hashes a run of tokens, whatever they are.

namespace seqfeat::cuda {

using Stages = Stage[kWarps];

/// Hashes `count` integers from value `first` on, a lane an integer, its decimal text in registers;
/// `put(i, fingerprint)` gets the i-th of them.
template <class Put>
__device__ void hash_integers(const void* data, DType dtype, std::int64_t first, unsigned count,
                              const Put& put) {
  const bool wide = dtype == DType::int64 || dtype == DType::uint64;
  const auto* wide_ones = static_cast<const std::int64_t*>(data) + first;
  for (unsigned i = threadIdx.x % 32; i < count; i += 32) {
    const std::int64_t bits = wide ? __ldg(wide_ones + i) : integer_at(data, dtype, first + i);
    put(i, fingerprint64_of_integer(bits, dtype));
  }
}

/// The first half of hash_run for strings with offsets of type Offset: short ones. Returns the
/// rounds that are left.
template <class Offset, class Put>
__device__ unsigned hash_short_strings(const Tokens& tokens, std::int64_t first, unsigned count,
                                       Stage& stage, const Put& put) {
  const auto* offsets = static_cast<const Offset*>(tokens.byte_offsets.data) + first;
  return hash_short_rounds(buffer_of(tokens), kept(offsets), count, stage, put);
}

/// Hashes the tokens [first, first + count) warp-wide, 1 to kMostRun of them; `put(i, fingerprint)`
/// gets the i-th of them.
template <class Put>
__device__ void hash_run(const Tokens& tokens, std::int64_t first, std::int64_t count, Stage& stage,
                         const Put& put) {
  const auto n = static_cast<unsigned>(count);
  if (tokens.dtype != DType::string) {
    hash_integers(tokens.data, tokens.dtype, first, n, put);
    return;
  }
  const unsigned rounds = tokens.byte_offsets.wide
                              ? hash_short_strings<std::int64_t>(tokens, first, n, stage, put)
                              : hash_short_strings<std::int32_t>(tokens, first, n, stage, put);
  hash_other_rounds(tokens, first, n, rounds, stage, put);
}

/// What a warp hashes into ids. In shared memory: registers are what long strings are short of.
struct Run {
  Tokens tokens;
  FastModulo buckets;
  std::int64_t* ids;
};

/// Room for one, since shared memory holds nothing that wants to be constructed.
struct RunRoom {
  alignas(Run) unsigned char bytes[sizeof(Run)];
};

/// Hashes the values [first, first + count) of a column warp-wide, 1 to kMostRun of them, into
/// `ids`.
__device__ inline void hash_column(const detail::ColumnData& column, const RaggedView& view,
                                   std::int64_t first, std::int64_t count, std::int64_t* ids,
                                   Stage& stage, RunRoom& room) {
  Run& run = *reinterpret_cast<Run*>(room.bytes);
  __syncwarp();
  if (threadIdx.x % 32 == 0) run = {tokens_of(view), column.source.buckets, ids};
  __syncwarp();
  hash_run(run.tokens, first, count, stage, [&](unsigned i, std::uint64_t fingerprint) {
    run.ids[i] = bucket_of(run.buckets, fingerprint);
  });
}

}  // namespace seqfeat::cuda
