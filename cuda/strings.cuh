// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/bytes.cuh"
#include "cuda/giant_strings.cuh"
#include "cuda/short_strings.cuh"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/pad.hpp"
#include "seqfeat/ragged.hpp"

// How a warp hashes a run of strings: 32 at a time, a lane a string, the bytes of all staged in
// shared memory.

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

[[nodiscard]] __device__ inline ByteBuffer buffer_of(const Tokens& tokens) {
  return {static_cast<const unsigned char*>(tokens.data), tokens.bytes};
}

/// Strings that a warp may be given at once: a bit for each round of 32.
inline constexpr unsigned kMostRun = 32 * 32;

/// The bytes that a string may have to be hashed out of the stage by a lane of its own, while the
/// others may have nothing to do.
inline constexpr int kMostStaged = 2096;
static_assert(kMostStaged + kGranule <= kStageBytes);

/// Fingerprint of a string of `size` bytes, `place` bytes into the stage, of 64 bytes at most.
__device__ inline std::uint64_t fingerprint_staged(const Stage& stage, int place, int size) {
  if (size > static_cast<int>(kShort)) return farm::hash_33_to_64(FrugalBytes(stage, place), size);
  return farm::hash_0_to_32(StagedEnds(stage, place, size), static_cast<unsigned>(size));
}

/// Fingerprint of a string of `size` > 64 bytes of which the `blocks` bytes at `next` are still to
/// go in as whole blocks, and then the last 64, which stand at `last`.
///
/// One loop for both: a copy of its body for the last block would want more registers than all
/// else.
__device__ inline std::uint64_t finish_long(farm::LongState state, FrugalBytes next, int blocks,
                                            FrugalBytes last, std::uint64_t size) {
  std::uint64_t m = farm::k1;
  std::uint32_t factor = 1;
#pragma unroll 1
  for (int rest = blocks; rest >= 0; rest -= 64) {
    if (rest == 0) {
      next = last;
      m = farm::long_last(state, size);
      factor = farm::kLastFactor;
    }
    farm::long_round(state, next, m, factor);
    next = next.from(64);
  }
  return farm::long_result(state, m);
}

/// Hashes the strings of lanes that `want` it, of any size and in any order; `put(fingerprint)`
/// gets the lane's own, which stands between offsets i and i + 1.
///
/// The warp stages as many bytes as there is room for, hashes the strings that are whole, a lane a
/// string, and goes on with the rest. On a string that can never be whole all lanes work. Offsets
/// are read anew for each pass: registers are what is short here.
template <class Put>
__device__ void hash_any_round(const Tokens& tokens, std::int64_t i, bool wants, Stage& stage,
                               const Put& put) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  unsigned pending = __ballot_sync(kWarpMask, wants);
  while (pending != 0) {
    const int first = __ffs(static_cast<int>(pending)) - 1;
    const bool waits = (pending >> lane & 1) != 0;
    const ByteBuffer buffer = buffer_of(tokens);
    const Offsets offsets = tokens.byte_offsets;
    const std::int64_t begin = waits ? clamp_offset(offsets[i], buffer.size) : 0;
    const std::int64_t end = waits ? clamp_offset(offsets[i + 1], buffer.size) : 0;
    const std::int64_t base = __shfl_sync(kWarpMask, begin, first);
    const ByteBuffer string{buffer.begin + base, __shfl_sync(kWarpMask, end, first) - base};
    const std::int64_t size = end > begin ? end - begin : 0;
    farm::LongState state{};
    bool done = lane == first;
    int last = 0;    // where the last 64 bytes of a long one stand
    int blocks = 0;  // how many bytes of it are still to go in as whole blocks
    if (string.size > kMostStaged) {
      state = stir_giant(string, stage);
      last = stage_bytes(string, string.size - 64, 64, stage);
      __syncwarp();
    } else {
      const std::int64_t at = begin - base;
      done = waits && at >= 0 && at + size <= kMostStaged;
      const int n = done ? static_cast<int>(size) : 0;
      const int stop = done ? static_cast<int>(at) + n : 0;
      const unsigned bytes = __reduce_max_sync(kWarpMask, static_cast<unsigned>(stop));
      last = stage_bytes(buffer, base, bytes, stage) + stop - 64;
      __syncwarp();
      if (n > 64) {
        state = farm::long_begin(FrugalBytes(stage, last + 64 - n));
        blocks = farm::bytes_in_blocks(n);
      } else if (done) {
        put(fingerprint_staged(stage, last + 64 - n, n));
      }
    }
    if (done && size > 64) {
      const int rest = blocks == 0 ? 0 : 64 - static_cast<int>(size);
      put(finish_long(state, FrugalBytes(stage, last + rest), blocks, FrugalBytes(stage, last),
                      static_cast<std::uint64_t>(size)));
    }
    __syncwarp();
    pending &= ~__ballot_sync(kWarpMask, done);
  }
}

/// Hashes those of the `count` strings from the `first` on that stand in the rounds `others`.
template <class Put>
__device__ void hash_other_rounds(const Tokens& tokens, std::int64_t first, unsigned count,
                                  unsigned others, Stage& stage, const Put& put) {
  for (; others != 0; others &= others - 1) {
    const unsigned round = static_cast<unsigned>(__ffs(static_cast<int>(others)) - 1);
    const unsigned i = 32 * round + threadIdx.x % 32;
    hash_any_round(tokens, first + i, i < count, stage,
                   [&](std::uint64_t fingerprint) { put(i, fingerprint); });
  }
}

}  // namespace seqfeat::cuda
