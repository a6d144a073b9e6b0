// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/port.cuh"

// Bytes of tokens, staged in shared memory by loads that keep inside the tokens' buffer.

namespace seqfeat::cuda {

inline constexpr unsigned kWarpMask = 0xffffffff;

/// Bytes that a load brings.
inline constexpr unsigned kGranule = 16;

/// Strings that a warp stages and sorts at once, in rounds of 32.
inline constexpr unsigned kTileRounds = 4;
inline constexpr unsigned kTileStrings = 32 * kTileRounds;

/// Room for one warp's bytes, 24 a string of a tile. Hash functions also read up to 16 bytes before
/// and behind a token; what those are means nothing.
inline constexpr unsigned kStageBytes = 24 * kTileStrings;
struct alignas(kGranule) Stage {
  std::uint32_t words[(kGranule + kStageBytes + kGranule) / 4];
  std::uint32_t order[kTileStrings];  ///< See SortedString.

  [[nodiscard]] __device__ uint4& granule(unsigned g) {
    return reinterpret_cast<uint4*>(words)[1 + g];
  }
};

/// Bytes from a place in a stage on, as fingerprint64 asks for those of more than 32.
template <class Word>
class BytesInStage {
 public:
  __device__ BytesInStage(const Stage& stage, int offset)
      : words_(stage.words + kGranule / 4), offset_(offset) {}

  /// The 8 bytes from the i-th on, a multiple of 4, so that all of a place's share its shift.
  [[nodiscard]] __device__ std::uint64_t dword(int i) const {
    const Word* const from = words_ + (offset_ >> 2) + i / 4;
    const unsigned bits = static_cast<unsigned>(offset_) * 8;  // shifts take the lowest five
    const std::uint32_t middle = from[1];
    const std::uint32_t low = __funnelshift_r(from[0], middle, bits);
    const std::uint32_t high = __funnelshift_r(middle, from[2], bits);
    // Kept, for of two halves that it knows the compiler does not see that they are rotated.
    return kept((std::uint64_t{high} << 32) | low);
  }
  [[nodiscard]] __device__ BytesInStage from(int i) const {
    BytesInStage further = *this;
    further.offset_ += i;
    return further;
  }

 private:
  const Word* words_;
  int offset_;
};

using StagedBytes = BytesInStage<std::uint32_t>;
/// Reads words anew whenever they are asked for: more loads, but a block of 64 bytes does not stand
/// in registers before its first byte is used.
using FrugalBytes = BytesInStage<volatile std::uint32_t>;

/// Both ends of a token in a stage, as hash_0_to_32 asks for them.
class StagedEnds {
 public:
  __device__ StagedEnds(const Stage& stage, int offset, int size)
      : front_(stage, offset), back_(stage, offset + size - (size >= 8 ? 8 : 4)) {}

  [[nodiscard]] __device__ std::uint64_t first() const { return front_.dword(0); }
  [[nodiscard]] __device__ std::uint64_t second() const { return front_.dword(8); }
  [[nodiscard]] __device__ std::uint64_t third() const { return back_.dword(-8); }
  [[nodiscard]] __device__ std::uint64_t last() const { return back_.dword(0); }

 private:
  StagedBytes front_;
  StagedBytes back_;
};

/// Bytes that belong to somebody else: nothing outside [begin, begin + size) is read.
struct ByteBuffer {
  const unsigned char* begin;
  std::int64_t size;

  /// Where in its granule byte `at` stands.
  [[nodiscard]] __device__ int head(std::int64_t at) const {
    // As numbers: `at` may be any.
    const auto place = reinterpret_cast<std::uintptr_t>(begin) + static_cast<std::uintptr_t>(at);
    return static_cast<int>(place % kGranule);
  }
  /// True if all of the granule whose first byte is `at` may be read.
  [[nodiscard]] __device__ bool holds_granule(std::int64_t at) const {
    return at >= 0 && at + kGranule <= size;
  }
  [[nodiscard]] __device__ uint4 granule(std::int64_t at) const {
    return __ldg(reinterpret_cast<const uint4*>(begin + at));
  }
  /// Copies what may be read of a granule that sticks out of the buffer.
  __device__ void copy_cut_granule(std::int64_t at, uint4& to) const {
#pragma unroll 1
    for (unsigned i = 0; i < kGranule; ++i) {
      const bool inside = at + i >= 0 && at + i < size;
      if (inside) reinterpret_cast<unsigned char*>(&to)[i] = __ldg(begin + at + i);
    }
  }
};

/// Copies the granules that hold the `bytes` bytes from `at` on into the stage, warp-wide; returns
/// where in it the first of them stands. They are there after a __syncwarp().
__device__ inline int stage_bytes(const ByteBuffer& buffer, std::int64_t at, unsigned bytes,
                                  Stage& stage) {
  const int head = buffer.head(at);
  const unsigned granules = (static_cast<unsigned>(head) + bytes + kGranule - 1) / kGranule;
#pragma unroll 1
  for (unsigned g = threadIdx.x % 32; g < granules; g += 32) {
    const std::int64_t from = at - head + std::int64_t{g} * kGranule;
    if (buffer.holds_granule(from)) {
      stage.granule(g) = buffer.granule(from);
    } else {
      buffer.copy_cut_granule(from, stage.granule(g));
    }
  }
  return head;
}

}  // namespace seqfeat::cuda
