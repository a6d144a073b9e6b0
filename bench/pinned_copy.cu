// SPDX-License-Identifier: Apache-2.0
#include "bench/pinned_copy.hpp"

#include <cstring>

#include "cuda/check.hpp"
#include "cuda/port.cuh"

namespace seqfeat::bench {

PinnedBytes::PinnedBytes(std::int64_t bytes, std::uint8_t value) : bytes_(bytes) {
  void* data = nullptr;
  cuda::check_cuda(cudaHostAlloc(&data, static_cast<std::size_t>(bytes), cudaHostAllocPortable),
                   "cudaHostAlloc");
  data_ = {data, [](void* held) { static_cast<void>(cudaFreeHost(held)); }};
  std::memset(data, value, static_cast<std::size_t>(bytes));
}

void PinnedBytes::copy(void* to, Stream stream) const {
  cuda::check_cuda(cudaMemcpyAsync(to, data_.get(), static_cast<std::size_t>(bytes_),
                                   cudaMemcpyHostToDevice, stream.handle()),
                   "cudaMemcpyAsync");
}

}  // namespace seqfeat::bench
