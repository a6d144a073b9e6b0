// SPDX-License-Identifier: Apache-2.0
#include "bench/byte_hash.hpp"

#include "cuda/launch.cuh"
#include "seqfeat/fingerprint.hpp"

namespace seqfeat::bench {
namespace {

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

}  // namespace

template <class Id>
void hash_byte_at_a_time(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                         std::int64_t buckets, Id* ids, Stream stream) {
  const std::int64_t blocks = (count + cuda::kThreads - 1) / cuda::kThreads;
  cuda::launch("byte_hash_kernel", byte_hash_kernel<Id>, {blocks}, stream, bytes, offsets, count,
               static_cast<std::uint64_t>(buckets), ids);
}

template void hash_byte_at_a_time<std::int32_t>(const std::uint8_t*, const std::int32_t*,
                                                std::int64_t, std::int64_t, std::int32_t*, Stream);
template void hash_byte_at_a_time<std::int64_t>(const std::uint8_t*, const std::int32_t*,
                                                std::int64_t, std::int64_t, std::int64_t*, Stream);

}  // namespace seqfeat::bench
