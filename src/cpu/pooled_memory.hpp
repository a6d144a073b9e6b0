// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "seqfeat/memory.hpp"

namespace seqfeat::cpu {

/// `upstream` with a free list for large blocks, so that a batch finds the pages that the batch
/// before it has touched: the first touch of a page costs more than all that is written to it.
///
/// Memory   Blocks in use and kept ones together never exceed what was once in use at the same
///          time; a block that found no taker for a while goes back to the system.
[[nodiscard]] std::shared_ptr<MemoryResource> make_pooled_memory(
    std::shared_ptr<MemoryResource> upstream = host_memory_resource());

}  // namespace seqfeat::cpu
