// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_pipeline_primitives.h>

#include <cstdint>
#include <type_traits>

#include "cuda/bytes.cuh"
#include "seqfeat/fingerprint.hpp"

// Tiles of up to 128 short strings: a warp stages the bytes of all in shared memory and sorts them
// by size, so that the 32 it hashes at a time, a lane a string, take one way through the hash.

namespace seqfeat::cuda {

/// Strings up to here go through one merged body.
inline constexpr unsigned kShort = 32;

/// Up to here, and above, the body has a branch.
inline constexpr unsigned kShorter = 16;

/// A string's place in the order of its tile: where in the stage it begins, its size, and its
/// number in the tile.
class SortedString {
 public:
  __device__ SortedString(unsigned place, unsigned size, unsigned number)
      : word_(place | size << kPlaceBits | number << kNumberShift) {}
  __device__ explicit SortedString(std::uint32_t word) : word_(word) {}

  [[nodiscard]] __device__ std::uint32_t word() const { return word_; }
  [[nodiscard]] __device__ int place() const {
    return static_cast<int>(word_ & ((1U << kPlaceBits) - 1));
  }
  [[nodiscard]] __device__ unsigned size() const {
    return word_ >> kPlaceBits & ((1U << kSizeBits) - 1);
  }
  [[nodiscard]] __device__ unsigned number() const { return word_ >> kNumberShift; }

 private:
  static constexpr unsigned kPlaceBits = 12;
  static constexpr unsigned kSizeBits = 6;
  static constexpr unsigned kNumberShift = kPlaceBits + kSizeBits;
  static_assert(kStageBytes <= 1U << kPlaceBits && kShort < 1U << kSizeBits);

  std::uint32_t word_;
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

/// What may be staged: nothing behind `limit`, so that the granule of the last byte ends inside the
/// buffer.
template <class Place>
class StagedBuffer {
 public:
  __device__ explicit StagedBuffer(const ByteBuffer& buffer) : buffer_(buffer) {
    constexpr auto kMost = static_cast<std::int64_t>(static_cast<Place>(-1) >> 1);
    const std::int64_t limit = buffer.size - (kGranule - 1);
    limit_ = kept(static_cast<Place>(limit < 0 ? 0 : limit < kMost ? limit : kMost));
  }
  /// The first byte of the granule in which byte `at` stands; not below limit() if that begins
  /// before the buffer.
  [[nodiscard]] __device__ Place granule_of(Place at) const {
    return at - static_cast<Place>(buffer_.head(static_cast<std::int64_t>(at)));
  }
  [[nodiscard]] __device__ Place limit() const { return limit_; }
  /// Copies the granules that hold `bytes` bytes from `from` on into the stage, warp-wide. They are
  /// there after __pipeline_wait_prior() and a __syncwarp().
  __device__ void stage(Place from, unsigned bytes, Stage& stage) const {
    constexpr int kCopies = 5;  // 20 bytes a string of a tile
    const unsigned lane = threadIdx.x % 32;
    const uint4* source = reinterpret_cast<const uint4*>(buffer_.begin + from) + lane;
    uint4* target = &stage.granule(lane);
    int rest = static_cast<int>(bytes - lane * kGranule);
#pragma unroll 1
    do {
#pragma unroll
      for (int i = 0; i < kCopies; ++i) {
        if (rest > i * kWarpBytes) {
          __pipeline_memcpy_async(target + 32 * i, source + 32 * i, kGranule);
        }
      }
      source += 32 * kCopies;
      target += 32 * kCopies;
      rest -= kCopies * kWarpBytes;
    } while (rest > 0);
    __pipeline_commit();
  }

 private:
  static constexpr int kWarpBytes = 32 * kGranule;

  const ByteBuffer& buffer_;
  Place limit_;
};

inline constexpr unsigned kNoTile = ~0U;

/// Sorts `kRounds` rounds, warp-wide, shorter strings in front of longer ones.
///
/// Returns  How many bytes from `from` on are to be staged; kNoTile if a string is not short or has
///          no room.
template <unsigned kRounds, class Place>
__device__ __forceinline__ unsigned sort_rounds(const Extent<Place> (&strings)[kTileRounds],
                                                Place from, Place limit, Stage& stage) {
  // Where offsets decrease or are negative, one of these is too large.
  bool fits = from <= limit;
#pragma unroll
  for (unsigned r = 0; r < kRounds; ++r) {
    fits = fits && strings[r].end <= limit && strings[r].end - strings[r].begin <= kShort &&
           strings[r].begin - from <= kStageBytes - kShort;
  }
  if (!__all_sync(kWarpMask, fits)) return kNoTile;
  const unsigned lane = threadIdx.x % 32;
  unsigned shorter = 0;              // of the rounds before
  unsigned last = 32 * kRounds - 1;  // where the next longer string goes
  unsigned bytes = 0;
#pragma unroll
  for (unsigned r = 0; r < kRounds; ++r) {
    const auto size = static_cast<unsigned>(strings[r].end - strings[r].begin);
    const auto place = static_cast<unsigned>(strings[r].begin - from);
    const bool is_shorter = size <= kShorter;
    const unsigned all = __ballot_sync(kWarpMask, is_shorter);
    const auto before = static_cast<unsigned>(__popc(all & ((1U << lane) - 1)));
    const unsigned at = is_shorter ? shorter + before : last - (lane - before);
    stage.order[at] = SortedString(place, size, 32 * r + lane).word();
    const auto count = static_cast<unsigned>(__popc(all));
    shorter += count;
    last -= 32 - count;
    bytes = bytes > place + size ? bytes : place + size;
  }
  return __reduce_max_sync(kWarpMask, bytes);
}

/// Fingerprint of a string of at most kShort bytes.
__device__ __forceinline__ std::uint64_t fingerprint_of(const Stage& stage, SortedString string) {
  return farm::hash_0_to_32(StagedEnds(stage, string.place(), static_cast<int>(string.size())),
                            string.size());
}

/// The lane's strings of the rounds from `done` on; behind the end the last string.
template <class Offset, class Place>
__device__ __forceinline__ void load_extents(const Offset* offsets, unsigned count, unsigned done,
                                             Extent<Place> (&strings)[kTileRounds]) {
#pragma unroll
  for (unsigned r = 0; r < kTileRounds; ++r) {
    const unsigned i = done + 32 * r + threadIdx.x % 32;
    strings[r] = Extent<Place>::load(offsets + (i < count ? i : count - 1));
  }
}

/// Hashes those rounds of 32 strings that are short and stand inside the buffer; returns the
/// others, a bit each. The offsets of a tile are loaded before the tile before it is hashed.
template <class Offset, class Put>
__device__ unsigned hash_short_rounds(const ByteBuffer& bytes, const Offset* offsets,
                                      unsigned count, Stage& stage, const Put& put) {
  using Place = std::make_unsigned_t<Offset>;
  const StagedBuffer<Place> buffer(bytes);
  unsigned others = 0;
  Extent<Place> strings[kTileRounds];
  load_extents(offsets, count, 0, strings);
  for (unsigned done = 0; done < count;) {
    const Place from = buffer.granule_of(__shfl_sync(kWarpMask, strings[0].begin, 0));
    unsigned taken = kTileRounds;
    unsigned staged = kNoTile;
    if (count - done >= kTileStrings) {
      staged = sort_rounds<kTileRounds>(strings, from, buffer.limit(), stage);
    }
    if (staged == kNoTile) {
      taken = 1;
      staged = sort_rounds<1>(strings, from, buffer.limit(), stage);
    }
    const unsigned first = done;
    done += 32 * taken;
    if (staged != kNoTile) buffer.stage(from, staged, stage);
    if (done < count) load_extents(offsets, count, done, strings);
    if (staged == kNoTile) {
      others |= 1U << (first / 32);
      continue;
    }
    __pipeline_wait_prior(0);
    __syncwarp();
#pragma unroll 1
    for (unsigned round = 0; round < taken; ++round) {
      const SortedString string(stage.order[32 * round + threadIdx.x % 32]);
      const std::uint64_t fingerprint = fingerprint_of(stage, string);
      const unsigned i = first + string.number();
      if (i < count) put(i, fingerprint);
    }
    __syncwarp();  // all have read before the next tile is staged
  }
  return others;
}

}  // namespace seqfeat::cuda
