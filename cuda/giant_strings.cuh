// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/bytes.cuh"
#include "seqfeat/fingerprint.hpp"

// Strings that do not fit a warp's stage: a warp works on one at a time.

namespace seqfeat::cuda {

/// Bytes that go into the stage at once, whole blocks of 64: wherever they begin, no more than two
/// granules a lane.
inline constexpr unsigned kChunk = 960;

static_assert(kChunk % 64 == 0 && kChunk + kGranule - 1 <= 2 * 32 * kGranule);

/// A lane's share of a chunk, on its way from memory into the stage.
class GiantGranule {
 public:
  /// Asks for the granule that begins at byte `at`, unless it sticks out of the token.
  __device__ void load(const ByteBuffer& token, std::int64_t at) {
    if (token.holds_granule(at)) loaded_ = token.granule(at);
  }
  __device__ void store(const ByteBuffer& token, std::int64_t at, uint4& to) const {
    if (token.holds_granule(at)) {
      to = loaded_;
    } else {
      token.copy_cut_granule(at, to);
    }
  }

 private:
  uint4 loaded_;
};

/// Stirs all of a token of more than 64 bytes but its last ones, the same in all lanes.
///
/// The lanes load neighbouring granules and then all stir the same blocks into the same state,
/// since a block waits for the one before it; meanwhile the next chunk's loads are in flight.
__device__ inline farm::LongState stir_giant(const ByteBuffer& token, Stage& stage) {
  const unsigned lane = threadIdx.x % 32;
  const int head = token.head(0);  // of every chunk
  const std::int64_t end = farm::bytes_in_blocks(token.size);
  std::int64_t mine = static_cast<int>(lane * kGranule) - head;
  farm::LongState state{};
  GiantGranule here;
  GiantGranule there;
  here.load(token, mine);
  there.load(token, mine + 32 * kGranule);
  for (std::int64_t at = 0; at < end; at += kChunk) {
    here.store(token, mine, stage.granule(lane));
    there.store(token, mine + 32 * kGranule, stage.granule(lane + 32));
    __syncwarp();
    mine += kChunk;
    here.load(token, mine);
    there.load(token, mine + 32 * kGranule);
    const FrugalBytes bytes(stage, head);
    if (at == 0) state = farm::long_begin(bytes);
    farm::long_blocks(state, bytes, static_cast<int>(end - at < kChunk ? end - at : kChunk));
    __syncwarp();
  }
  return state;
}

}  // namespace seqfeat::cuda
