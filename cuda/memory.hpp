// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "cuda/device.hpp"
#include "seqfeat/memory.hpp"

namespace seqfeat::cuda {

/// Memory of a device: a stream-ordered pool of our own that keeps what it once got; where pools
/// are not supported cudaMalloc, which waits.
///
/// Throws   CudaError if the pool cannot be made.
[[nodiscard]] std::shared_ptr<MemoryResource> make_device_memory(const Device& device);

/// Pinned host memory. Blocks that were given back are handed out again once the work on the stream
/// they were given back on has passed.
[[nodiscard]] std::shared_ptr<MemoryResource> make_pinned_memory(const Device& device);

}  // namespace seqfeat::cuda
