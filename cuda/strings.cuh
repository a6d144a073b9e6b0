// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "cuda/bytes.cuh"
#include "cuda/giant_strings.cuh"
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

/// Strings up to here go through one merged body; a round of nothing else is a straight line.
inline constexpr unsigned kShort = 32;

static_assert(32 * kShort + 2 * kGranule <= kStageBytes, "a round of short strings fits");

/// Copies `granules` granules into the stage, warp-wide, which all lie inside the buffer and are
/// those of a round of short strings. `from` and `to` are the lane's own first ones.
__device__ inline void stage_round(std::uintptr_t from, uint4* to, unsigned granules) {
  constexpr int kMost = 32 * kShort / kGranule + 1;  // where the first one is cut
  constexpr int kLoads = (kMost + 31) / 32;
  const auto* source = reinterpret_cast<const uint4*>(from);
  const int rest = static_cast<int>(granules - threadIdx.x % 32);
  uint4 loaded[kLoads];
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    if (rest > 32 * i) loaded[i] = __ldg(source + 32 * i);
  }
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    if (rest > 32 * i) to[32 * i] = loaded[i];
  }
}

/// The bytes that a string may have to be hashed out of the stage by a lane of its own.
inline constexpr int kMostStaged = kStageBytes - kGranule;

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

/// A lane's string, as the offsets say; negative ones are large numbers here.
template <class Place>
struct Extent {
  Place begin;
  Place end;

  template <class Offset>
  [[nodiscard]] __device__ static Extent load(const Offset* offset) {
    return {static_cast<Place>(__ldg(offset)), static_cast<Place>(__ldg(offset + 1))};
  }
};

/// Rounds of 32 strings that are short and stand one behind the other inside the buffer, with a
/// granule to spare.
template <class Place>
class ShortRounds {
 public:
  __device__ ShortRounds(const ByteBuffer& buffer, Stage& stage)
      : buffer_(buffer),
        stage_(stage),
        limit_(kept(static_cast<Place>(buffer.size < kMost ? buffer.size : kMost))),
        granules_(
            kept(reinterpret_cast<std::uintptr_t>(buffer.begin) + threadIdx.x % 32 * kGranule)) {}

  /// True, and the fingerprint of the lane's string, if the warp's strings are such a round.
  __device__ bool operator()(Extent<Place> string, std::uint64_t& fingerprint) const {
    const Place size = string.end - string.begin;
    const Place base = __shfl_sync(kWarpMask, string.begin, 0);
    const Place top = __shfl_sync(kWarpMask, string.end, 31);
    // What is staged. Where offsets decrease or are negative, some size or one of these is too
    // large.
    const Place from = base - static_cast<Place>(buffer_.head(static_cast<std::int64_t>(base)));
    const Place stop = top + kGranule - 1;
    if (!__all_sync(kWarpMask, size <= kShort && from <= stop && stop <= limit_)) return false;
    stage_round(granules_ + from, &stage_.granule(threadIdx.x % 32),
                static_cast<unsigned>(stop - from) / kGranule);
    __syncwarp();
    const auto n = static_cast<unsigned>(size);
    const StagedEnds token(stage_, static_cast<int>(string.begin - from), static_cast<int>(n));
    fingerprint = farm::hash_0_to_32(token, n);
    __syncwarp();
    return true;
  }

 private:
  /// No offset is larger.
  static constexpr auto kMost = static_cast<std::int64_t>(static_cast<Place>(-1) >> 1);

  const ByteBuffer& buffer_;
  Stage& stage_;
  Place limit_;
  std::uintptr_t granules_;  ///< The lane's first one, were it staged from 0 on.
};

/// Hashes those rounds that are of short strings; returns the others, a bit each. While a round is
/// hashed the offsets of the next are in flight.
template <class Offset, class Put>
__device__ unsigned hash_short_rounds(const ByteBuffer& buffer, const Offset* offsets,
                                      unsigned count, Stage& stage, const Put& put) {
  using Place = std::make_unsigned_t<Offset>;
  const ShortRounds<Place> short_round(buffer, stage);
  const unsigned last = count - 1;  // stands in for those behind it
  unsigned i = threadIdx.x % 32;
  auto string = Extent<Place>::load(offsets + (i < last ? i : last));
  unsigned others = 0;
  for (unsigned bit = 1, done = 0; done < count; bit <<= 1, done += 32) {
    const unsigned next = i + 32;
    const auto next_string = Extent<Place>::load(offsets + (next < last ? next : last));
    std::uint64_t fingerprint = 0;
    if (!short_round(string, fingerprint)) {
      others |= bit;
    } else if (i < count) {
      put(i, fingerprint);
    }
    i = next;
    string = next_string;
  }
  return others;
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
