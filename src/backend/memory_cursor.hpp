// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace seqfeat::detail {

/// Hands out memory, one array behind another, each at a multiple of kAlignment bytes. Of null
/// memory it hands out null, and tells how many bytes it would take.
template <std::int64_t kAlignment>
class MemoryCursor {
 public:
  explicit MemoryCursor(void* memory) noexcept : memory_(static_cast<std::byte*>(memory)) {}

  [[nodiscard]] void* take_bytes(std::int64_t bytes) noexcept {
    void* const taken = memory_ == nullptr ? nullptr : memory_ + used_;
    used_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return taken;
  }
  /// Room for `count` objects.
  template <class T>
  [[nodiscard]] T* take(std::int64_t count) noexcept {
    return static_cast<T*>(take_bytes(count * static_cast<std::int64_t>(sizeof(T))));
  }
  [[nodiscard]] std::int64_t used() const noexcept { return used_; }

 private:
  std::byte* memory_;
  std::int64_t used_ = 0;
};

}  // namespace seqfeat::detail
