// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/bytes.cuh"
#include "cuda/launch.cuh"
#include "cuda/port.cuh"
#include "seqfeat/hash.hpp"
#include "seqfeat/pad.hpp"
#include "seqfeat/ragged.hpp"

// How a warp hashes a run of tokens: a lane a token, the tokens' bytes staged in shared memory.

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

/// Room for one warp's bytes, and for reading beyond the last token.
inline constexpr unsigned kStageBytes = 2048;
inline constexpr unsigned kStageSlack = 16;
struct alignas(16) Stage {
  std::uint32_t words[(kStageBytes + kStageSlack) / 4];
};
using Stages = Stage[kWarps];

/// Copies the `granules` aligned groups of 16 bytes from `address` on, warp-wide. Of groups that
/// stick out of the buffer only what is inside is read.
__device__ inline void stage_bytes(const ByteBuffer& buffer, std::uintptr_t address,
                                   unsigned granules, Stage& stage) {
  for (unsigned g = threadIdx.x % 32; g < granules; g += 32) {
    const std::uintptr_t from = address + std::uintptr_t{g} * 16;
    uint4 quad;
    if (buffer.holds(from, 16)) {
      quad = __ldg(reinterpret_cast<const uint4*>(from));
    } else {
      quad = make_uint4(buffer.word(from), buffer.word(from + 4), buffer.word(from + 8),
                        buffer.word(from + 12));
    }
    *reinterpret_cast<uint4*>(stage.words + 4 * g) = quad;
  }
}

/// Fingerprints of the strings [first, first + count), count <= 32: the lane's own, 0 beyond.
///
/// The warp stages as many bytes as there is room for, hashes the tokens that are whole, and goes
/// on with the rest. Tokens that can never be whole are read from global memory.
__device__ inline std::uint64_t fingerprint_strings(const Tokens& tokens, std::int64_t first,
                                                    unsigned count, Stage& stage) {
  constexpr unsigned kWarp = 0xffffffff;
  const unsigned lane = threadIdx.x % 32;
  const auto* data = static_cast<const unsigned char*>(tokens.data);
  const ByteBuffer buffer{data, data + tokens.bytes};
  std::int64_t begin = 0;
  std::int64_t size = 0;
  if (lane < count) {
    begin = clamp_offset(tokens.byte_offsets[first + lane], tokens.bytes);
    size = clamp_offset(tokens.byte_offsets[first + lane + 1], tokens.bytes) - begin;
    size = size > 0 ? size : 0;
  }
  std::uint64_t fingerprint = 0;
  const bool oversized = size > std::int64_t{kStageBytes - 16};
  if (oversized) fingerprint = farm::hash_long(MemoryBytes(data + begin), size);

  unsigned pending = __ballot_sync(kWarp, lane < count && !oversized);
  while (pending != 0) {
    const std::int64_t base = __shfl_sync(kWarp, begin, __ffs(static_cast<int>(pending)) - 1);
    const auto address = reinterpret_cast<std::uintptr_t>(data + base);
    const auto head = static_cast<unsigned>(address & 15);
    const std::int64_t at = begin - base + head;  // in the stage
    const bool whole =
        (pending >> lane & 1) != 0 && at >= head && at + size <= std::int64_t{kStageBytes};
    const unsigned used = __reduce_max_sync(kWarp, whole ? static_cast<unsigned>(at + size) : 0u);
    stage_bytes(buffer, address - head, (used + 15) / 16, stage);
    __syncwarp();
    if (whole) {
      const StagedBytes token(stage.words, static_cast<std::uint32_t>(at));
      fingerprint = size <= 32 ? farm::hash_0_to_32(token, size) : fingerprint64(token, size);
    }
    __syncwarp();
    pending &= ~__ballot_sync(kWarp, whole);
  }
  return fingerprint;
}

/// Fingerprint of the integer `i`.
__device__ inline std::uint64_t fingerprint_integer(const Tokens& tokens, std::int64_t i) {
  const Decimal text = decimal_of(integer_at(tokens.data, tokens.dtype, i), tokens.dtype);
  return farm::hash_0_to_32(text.bytes, text.size);
}

/// Hashes the tokens [first, first + count) warp-wide; `put(i, fingerprint)` gets the i-th of them.
template <class Put>
__device__ void hash_run(const Tokens& tokens, std::int64_t first, std::int64_t count, Stage& stage,
                         const Put& put) {
  const unsigned lane = threadIdx.x % 32;
  const bool integers = is_integer(tokens.dtype);
  for (std::int64_t done = 0; done < count; done += 32) {
    const std::int64_t rest = count - done;
    const auto here = static_cast<unsigned>(rest < 32 ? rest : 32);
    std::uint64_t fingerprint = 0;
    if (!integers) {
      fingerprint = fingerprint_strings(tokens, first + done, here, stage);
    } else if (lane < here) {
      fingerprint = fingerprint_integer(tokens, first + done + lane);
    }
    if (lane < here) put(done + lane, fingerprint);
  }
}

}  // namespace seqfeat::cuda
