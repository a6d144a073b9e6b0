// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bench/cpu/workload.hpp"

// The machine's own limits, written for this comparison.

namespace seqfeat::bench {

/// A memcpy by so many threads, of a piece each, that moves `bytes` bytes, half of them read and
/// half written: the limit for whatever is bound by memory.
[[nodiscard]] CpuBaseline memcpy_of(const CpuContext& context, std::int64_t bytes, int threads = 1);

/// Writing `sizes` bytes one after the other, each to the start of the same memory, past the caches
/// where the processor can, with as many threads as the backend has.
[[nodiscard]] CpuBaseline fill_of(const CpuContext& context, std::vector<std::int64_t> sizes);

/// Copying `sizes` bytes one after the other, out of memory as large as their sum, each to the
/// start of the same memory; a part of them in a pass.
[[nodiscard]] CpuBaseline memcpy_of(const CpuContext& context, std::vector<std::int64_t> sizes,
                                    Turns turns);

/// Copying `bytes` bytes at the speed that memcpy has far from the caches: one copy of 256 MB,
/// divided.
[[nodiscard]] CpuBaseline large_memcpy_of(const CpuContext& context, std::int64_t bytes);

/// CRC-32C of `bytes` to `crc` by the processor's instruction, each waiting for the last. Without a
/// pass where this was built for a processor, or runs on one, that has no such instruction.
[[nodiscard]] CpuBaseline crc_by_one_stream(std::span<const std::byte> bytes,
                                            std::shared_ptr<std::uint32_t> crc);

}  // namespace seqfeat::bench
