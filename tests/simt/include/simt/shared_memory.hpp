// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace simt {

/// One variable in static shared memory: the first thread of a block that reaches it gets it fresh.
///
/// Every byte starts as 0xFF (a NaN, a -1), so that reading what nobody wrote shows.
class SharedVariable {
 public:
  void* get(std::size_t bytes, std::size_t alignment);

 private:
  std::uint64_t block_ = 0;  // the serial number of the block that memory_ belongs to
  void* memory_ = nullptr;
};

/// The running block's dynamic shared memory, poisoned like a SharedVariable.
void* dynamic_shared_memory();

}  // namespace simt
