// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/stream.hpp"

namespace seqfeat::bench {

/// The usual way to hash strings on a GPU, as a baseline: a thread a string, loads of one byte, a
/// 64-bit division. Same ids as `seqfeat::hash`.
///
/// Stream   Enqueues on `stream`; everything is on the device.
template <class Id>
void hash_byte_at_a_time(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                         std::int64_t buckets, Id* ids, Stream stream);

extern template void hash_byte_at_a_time<std::int32_t>(const std::uint8_t*, const std::int32_t*,
                                                       std::int64_t, std::int64_t, std::int32_t*,
                                                       Stream);
extern template void hash_byte_at_a_time<std::int64_t>(const std::uint8_t*, const std::int32_t*,
                                                       std::int64_t, std::int64_t, std::int64_t*,
                                                       Stream);

}  // namespace seqfeat::bench
