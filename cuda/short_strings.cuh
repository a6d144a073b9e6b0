// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_pipeline_primitives.h>

#include <cstdint>
#include <type_traits>

#include "cuda/bytes.cuh"
#include "seqfeat/fingerprint.hpp"

// Rounds of 32 short strings: a lane a string, the bytes of all staged in shared memory, no branch
// but those of the hash.

namespace seqfeat::cuda {

/// Strings up to here go through one merged body; a round of nothing else is a straight line.
inline constexpr unsigned kShort = 32;

/// Granules of a round of short strings, whose first one is cut.
inline constexpr int kRoundGranules = 32 * kShort / kGranule + 1;

/// Where the second of two rounds stands in the stage, in granules, with one to read over between.
inline constexpr unsigned kHalfStage = kRoundGranules + 1;
static_assert((kHalfStage + kRoundGranules) * kGranule <= kStageBytes, "two rounds fit");

/// How the bytes of rounds get into the stage.
enum class Staging : std::uint8_t {
  in_turn,  ///< A round's bytes when it is hashed, through registers.
  ahead     ///< Those of the next one meanwhile, asynchronously.
};

/// Through registers, all loads ahead of the stores.
struct CopyThroughRegisters {
  /// Copies `granules` granules, warp-wide, which all lie inside the buffer. `from` and `to` are
  /// the lane's own first ones.
  __device__ static void copy(const uint4* from, uint4* to, unsigned granules) {
    constexpr int kLoads = (kRoundGranules + 31) / 32;
    const int rest = static_cast<int>(granules - threadIdx.x % 32);
    uint4 loaded[kLoads];
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      if (rest > 32 * i) loaded[i] = __ldg(from + 32 * i);
    }
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      if (rest > 32 * i) to[32 * i] = loaded[i];
    }
  }
};

/// The same while the lane goes on; the granules are there after __pipeline_wait_prior().
struct CopyAsynchronously {
  __device__ static void copy(const uint4* from, uint4* to, unsigned granules) {
    const int rest = static_cast<int>(granules - threadIdx.x % 32);
#pragma unroll
    for (int i = 0; i < kRoundGranules; i += 32) {
      if (rest > i) __pipeline_memcpy_async(to + i, from + i, kGranule);
    }
  }
};

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

/// A round of 32 strings that are short and stand one behind the other inside the buffer, with a
/// granule to spare.
template <class Place>
struct ShortRound {
  Place from;  ///< Its first granule, counted from the buffer's first byte,
  Place stop;  ///< and the end of its last.
};

/// Tells such rounds from others and copies them into the stage.
template <class Place, class Copy>
class ShortRounds {
 public:
  __device__ explicit ShortRounds(const ByteBuffer& buffer)
      : buffer_(buffer),
        limit_(kept(static_cast<Place>(buffer.size < kMost ? buffer.size : kMost))),
        granules_(
            kept(reinterpret_cast<std::uintptr_t>(buffer.begin) + threadIdx.x % 32 * kGranule)) {}

  /// True if the warp's strings are such a round.
  __device__ bool find(Extent<Place> string, ShortRound<Place>& round) const {
    const Place size = string.end - string.begin;
    const Place base = __shfl_sync(kWarpMask, string.begin, 0);
    const Place top = __shfl_sync(kWarpMask, string.end, 31);
    // Where offsets decrease or are negative, some size or one of these is too large.
    round.from = base - static_cast<Place>(buffer_.head(static_cast<std::int64_t>(base)));
    round.stop = top + kGranule - 1;
    return __all_sync(kWarpMask,
                      size <= kShort && round.from <= round.stop && round.stop <= limit_) != 0;
  }
  /// Copies it, warp-wide; `to` is the lane's first granule of the stage.
  __device__ void copy(const ShortRound<Place>& round, uint4* to) const {
    Copy::copy(reinterpret_cast<const uint4*>(granules_ + round.from), to,
               static_cast<unsigned>(round.stop - round.from) / kGranule);
  }

 private:
  /// No offset is larger.
  static constexpr auto kMost = static_cast<std::int64_t>(static_cast<Place>(-1) >> 1);

  const ByteBuffer& buffer_;
  Place limit_;
  std::uintptr_t granules_;  ///< The lane's first one, were it staged from 0 on.
};

/// Fingerprint of a string of at most kShort bytes, `place` bytes into the stage.
__device__ __forceinline__ std::uint64_t fingerprint_of(const Stage& stage, int place,
                                                        unsigned size) {
  return farm::hash_0_to_32(StagedEnds(stage, place, static_cast<int>(size)), size);
}

/// The offsets of `count` strings, those of the last one also where a lane is behind the end.
template <class Offset>
class StringOffsets {
 public:
  using Place = std::make_unsigned_t<Offset>;

  __device__ StringOffsets(const Offset* offsets, unsigned count)
      : offsets_(offsets), last_(count - 1) {}
  [[nodiscard]] __device__ Extent<Place> operator[](unsigned i) const {
    return Extent<Place>::load(offsets_ + (i < last_ ? i : last_));
  }

 private:
  const Offset* offsets_;
  unsigned last_;
};

/// Hashes those rounds that are of short strings; returns the others, a bit each. While a round is
/// hashed the offsets of the next are in flight.
template <class Offset, class Put>
__device__ unsigned hash_short_rounds(const ByteBuffer& buffer, const Offset* offsets,
                                      unsigned count, Stage& stage, const Put& put) {
  using Place = std::make_unsigned_t<Offset>;
  const ShortRounds<Place, CopyThroughRegisters> rounds(buffer);
  const StringOffsets<Offset> strings(offsets, count);
  unsigned i = threadIdx.x % 32;
  Extent<Place> string = strings[i];
  unsigned others = 0;
  for (unsigned bit = 1, done = 0; done < count; bit <<= 1, done += 32, i += 32) {
    const Extent<Place> next = strings[i + 32];
    ShortRound<Place> round;
    if (rounds.find(string, round)) {
      rounds.copy(round, &stage.granule(threadIdx.x % 32));
      __syncwarp();
      const std::uint64_t fingerprint =
          fingerprint_of(stage, static_cast<int>(string.begin - round.from),
                         static_cast<unsigned>(string.end - string.begin));
      __syncwarp();
      if (i < count) put(i, fingerprint);
    } else {
      others |= bit;
    }
    string = next;
  }
  return others;
}

/// The same with the bytes of the next round in flight too, in the other half of the stage, and the
/// offsets of the one behind it.
template <class Offset, class Put>
__device__ unsigned hash_short_rounds_ahead(const ByteBuffer& buffer, const Offset* offsets,
                                            unsigned count, Stage& stage, const Put& put) {
  using Place = std::make_unsigned_t<Offset>;
  const ShortRounds<Place, CopyAsynchronously> rounds(buffer);
  const StringOffsets<Offset> strings(offsets, count);
  unsigned half = 0;  // where in the stage a round begins
  unsigned others = 0;
  int place = 0;      // of the lane's string of the round that was asked for last,
  unsigned size = 0;  // and its size
  const auto ask_for = [&](const Extent<Place>& string, unsigned bit) {
    ShortRound<Place> round;
    if (rounds.find(string, round)) {
      rounds.copy(round, &stage.granule(half + threadIdx.x % 32));
      place = static_cast<int>(half * kGranule + (string.begin - round.from));
      size = static_cast<unsigned>(string.end - string.begin);
    } else {
      others |= bit;
    }
  };
  unsigned i = threadIdx.x % 32;
  ask_for(strings[i], 1);
  __pipeline_commit();
  Extent<Place> string = strings[i + 32];
  for (unsigned bit = 1, done = 0; done < count; bit <<= 1, done += 32, i += 32) {
    const Extent<Place> next = strings[i + 64];
    const int place_now = place;
    const unsigned size_now = size;
    half = kHalfStage - half;
    if (done + 32 < count) ask_for(string, bit << 1);
    __pipeline_commit();  // also of nothing, so that all groups but one are those before it
    if ((others & bit) == 0) {
      __pipeline_wait_prior(1);
      __syncwarp();
      const std::uint64_t fingerprint = fingerprint_of(stage, place_now, size_now);
      __syncwarp();
      if (i < count) put(i, fingerprint);
    }
    string = next;
  }
  return others;
}

}  // namespace seqfeat::cuda
