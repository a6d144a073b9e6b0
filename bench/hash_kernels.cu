// SPDX-License-Identifier: Apache-2.0
#include "bench/hash_kernels.hpp"

#include "cuda/bytes.cuh"
#include "cuda/launch.cuh"

namespace seqfeat::bench {
namespace {

/// A thread a string.
constexpr std::int64_t blocks_for(std::int64_t count) {
  return (count + cuda::kThreads - 1) / cuda::kThreads;
}

/// Words put together from single bytes, since a string begins anywhere.
class SingleBytes {
 public:
  __device__ explicit SingleBytes(const std::uint8_t* bytes) : bytes_(bytes) {}

  __device__ std::uint32_t byte(std::int64_t i) const { return bytes_[i]; }
  __device__ std::uint32_t word(std::int64_t i) const {
    return byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
  }
  __device__ std::uint64_t dword(std::int64_t i) const {
    return word(i) | std::uint64_t{word(i + 4)} << 32;
  }
  __device__ SingleBytes from(std::int64_t i) const { return SingleBytes(bytes_ + i); }

 private:
  const std::uint8_t* bytes_;
};

template <class Id>
__global__ void byte_hash_kernel(const std::uint8_t* bytes, const std::int32_t* offsets,
                                 std::int64_t count, std::uint64_t buckets, Id* ids) {
  const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const std::int64_t begin = offsets[i];
  const std::uint64_t hash = fingerprint64(SingleBytes(bytes + begin), offsets[i + 1] - begin);
  ids[i] = static_cast<Id>(hash % buckets);
}

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

template <class Id>
void hash_byte_at_a_time(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                         std::int64_t buckets, Id* ids, Stream stream) {
  cuda::launch("byte_hash_kernel", byte_hash_kernel<Id>, {blocks_for(count)}, stream, bytes,
               offsets, count, static_cast<std::uint64_t>(buckets), ids);
}

template void hash_byte_at_a_time<std::int32_t>(const std::uint8_t*, const std::int32_t*,
                                                std::int64_t, std::int64_t, std::int32_t*, Stream);
template void hash_byte_at_a_time<std::int64_t>(const std::uint8_t*, const std::int32_t*,
                                                std::int64_t, std::int64_t, std::int64_t*, Stream);

void hash_chained(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                  std::int64_t buckets, std::int32_t* ids, Stream stream) {
  cuda::launch("chained_hash_kernel", chained_hash_kernel, {blocks_for(count)}, stream, bytes,
               offsets, count, FastModulo(static_cast<std::uint64_t>(buckets)), ids);
}

}  // namespace seqfeat::bench
