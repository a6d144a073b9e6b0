// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace seqfeat::detail {

/// Bytes that this process may still use: the machine's available memory or its cgroup's rest,
/// whichever is less.
[[nodiscard]] std::int64_t available_host_bytes();

/// Throws OutOfMemory, naming `what`, the bytes and what there is, if `bytes` cannot fit. To be
/// asked before memory is allocated for sizes that somebody else chose.
void require_host_memory(std::int64_t bytes, const std::string& what);

inline constexpr std::int64_t kHugePage = std::int64_t{2} << 20;

/// Asks the system for huge pages where `bytes` bytes at `memory` cover any: random rows of a large
/// table would else cost a walk through the page tables each. A hint, never an error.
void prefer_huge_pages(void* memory, std::int64_t bytes) noexcept;

}  // namespace seqfeat::detail
