// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/stream.hpp"

namespace seqfeat::bench {

/// Sets `bytes` bytes at `data` to zero by stores of 16 bytes, the last few one by one: what any
/// kernel that writes as much can hope for.
///
/// Stream   Enqueues on `stream`; `data` is on the device, at a multiple of 16 bytes.
void fill_with_zeros(void* data, std::int64_t bytes, Stream stream);

}  // namespace seqfeat::bench
