// SPDX-License-Identifier: Apache-2.0
#include "bench/chained_hash.hpp"

#include "cuda/bytes.cuh"
#include "cuda/launch.cuh"

namespace seqfeat::bench {
namespace {

__global__ void __launch_bounds__(cuda::kThreads)
    chained_hash_kernel(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                        FastModulo buckets, std::int32_t* ids) {
  SEQFEAT_SHARED(cuda::Stage[cuda::kWarps], stages);
  const unsigned lane = threadIdx.x % 32;
  cuda::Stage& stage = stages[threadIdx.x / 32];
  const std::int64_t i = std::int64_t{blockIdx.x} * cuda::kThreads + threadIdx.x;
  const std::int64_t first = i - lane;  // of the warp
  if (first >= count) return;
  const std::int32_t base = offsets[first];
  const std::int32_t end = offsets[first + 32 < count ? first + 32 : count];
  // Byte by byte: this is done once for every hundred hashes.
  auto* staged = reinterpret_cast<std::uint8_t*>(&stage.granule(0));
  for (std::int32_t k = base + static_cast<std::int32_t>(lane); k < end; k += 32) {
    staged[k - base] = bytes[k];
  }
  __syncwarp();
  if (i >= count) return;
  const std::int32_t begin = offsets[i];
  const std::int32_t size = offsets[i + 1] - begin;
  const cuda::StagedBytes token(stage, begin - base);
  const cuda::StagedEnds ends(stage, begin - base, size);
  ids[i] = static_cast<std::int32_t>(chained_bucket(buckets, [&](std::uint32_t salt) {
    if (size > 32) return farm::hash_over_32(Salted(token, salt), size);
    return farm::hash_0_to_32(Salted(ends, salt), static_cast<std::uint32_t>(size));
  }));
}

}  // namespace

void hash_chained(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                  std::int64_t buckets, std::int32_t* ids, Stream stream) {
  const std::int64_t blocks = (count + cuda::kThreads - 1) / cuda::kThreads;
  cuda::launch("chained_hash_kernel", chained_hash_kernel, {blocks}, stream, bytes, offsets, count,
               FastModulo(static_cast<std::uint64_t>(buckets)), ids);
}

}  // namespace seqfeat::bench
