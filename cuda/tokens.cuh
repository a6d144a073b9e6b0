// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/integers.cuh"
#include "cuda/launch.cuh"
#include "cuda/strings.cuh"
#include "seqfeat/ragged.hpp"

// How a warp hashes a run of tokens, whatever they are.

namespace seqfeat::cuda {

using Stages = Stage[kWarps];

/// The first half of hash_run for strings with offsets of type Offset: short ones. Returns the
/// rounds that are left.
template <class Offset, Staging kStaging = Staging::in_turn, class Put>
__device__ unsigned hash_short_strings(const Tokens& tokens, std::int64_t first, unsigned count,
                                       Stage& stage, const Put& put) {
  const auto* offsets = static_cast<const Offset*>(tokens.byte_offsets.data) + first;
  if constexpr (kStaging == Staging::ahead) {
    return hash_short_rounds_ahead(buffer_of(tokens), kept(offsets), count, stage, put);
  } else {
    return hash_short_rounds(buffer_of(tokens), kept(offsets), count, stage, put);
  }
}

/// Hashes the tokens [first, first + count) warp-wide, 1 to kMostRun of them; `put(i, fingerprint)`
/// gets the i-th of them.
template <class Put>
__device__ void hash_run(const Tokens& tokens, std::int64_t first, std::int64_t count, Stage& stage,
                         const Put& put) {
  const auto n = static_cast<unsigned>(count);
  if (is_integer(tokens.dtype)) {
    hash_integers(tokens.data, tokens.dtype, first, n, put);
    return;
  }
  const unsigned rounds = tokens.byte_offsets.wide
                              ? hash_short_strings<std::int64_t>(tokens, first, n, stage, put)
                              : hash_short_strings<std::int32_t>(tokens, first, n, stage, put);
  hash_other_rounds(tokens, first, n, rounds, stage, put);
}

}  // namespace seqfeat::cuda
