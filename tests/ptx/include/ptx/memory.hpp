// SPDX-License-Identifier: Apache-2.0
// What the interpreter asks of whoever owns the global memory. Addresses are the host's own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ptx {

using Address = std::uint64_t;

/// The bytes from `begin` up to, not including, `end`.
struct Range {
  Address begin = 0;
  Address end = 0;
  bool writable = true;

  [[nodiscard]] bool holds(Address address, std::size_t size) const {
    return address >= begin && address <= end && size <= end - address;
  }
};

/// The live allocations. They do not change while a kernel runs.
struct Memory {
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  virtual ~Memory() = default;
  /// The live allocation in which `address` lies; an empty range if there is none.
  [[nodiscard]] virtual Range allocation(Address address) const = 0;
};

}  // namespace ptx
