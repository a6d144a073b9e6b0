// SPDX-License-Identifier: Apache-2.0
#include "bench/chained_hash.hpp"

#include "cuda/bytes.cuh"
#include "cuda/launch.cuh"

namespace seqfeat::bench {
namespace {

constexpr unsigned kSlack = 16;  // may be read beyond the last token

/// Room for one warp's tokens.
struct alignas(16) Room {
  std::uint32_t words[(32 * kLongestChained + kSlack) / 4];
};

__global__ void __launch_bounds__(cuda::kThreads)
    chained_hash_kernel(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                        FastModulo buckets, std::int64_t* ids) {
  SEQFEAT_SHARED(Room[cuda::kWarps], rooms);
  const unsigned lane = threadIdx.x % 32;
  Room& room = rooms[threadIdx.x / 32];
  const std::int64_t i = std::int64_t{blockIdx.x} * cuda::kThreads + threadIdx.x;
  const std::int64_t first = i - lane;  // of the warp
  if (first >= count) return;
  const std::int32_t base = offsets[first];
  const std::int32_t end = offsets[first + 32 < count ? first + 32 : count];
  // Byte by byte: this is done once for every hundred hashes.
  auto* staged = reinterpret_cast<std::uint8_t*>(room.words);
  for (std::int32_t k = base + static_cast<std::int32_t>(lane); k < end; k += 32) {
    staged[k - base] = bytes[k];
  }
  __syncwarp();
  if (i >= count) return;
  const std::int32_t begin = offsets[i];
  const std::int64_t size = offsets[i + 1] - begin;
  const cuda::StagedBytes token(room.words, static_cast<std::uint32_t>(begin - base));
  ids[i] = static_cast<std::int64_t>(chained_bucket(token, buckets, [size](const auto& salted) {
    return size <= 32 ? farm::hash_0_to_32(salted, size) : fingerprint64(salted, size);
  }));
}

}  // namespace

void hash_chained(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                  std::int64_t buckets, std::int64_t* ids, Stream stream) {
  const std::int64_t blocks = (count + cuda::kThreads - 1) / cuda::kThreads;
  cuda::launch("chained_hash_kernel", chained_hash_kernel, {blocks}, stream, bytes, offsets, count,
               FastModulo(static_cast<std::uint64_t>(buckets)), ids);
}

}  // namespace seqfeat::bench
