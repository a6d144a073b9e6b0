// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "seqfeat/dtype.hpp"
#include "seqfeat/ragged.hpp"

// Copies of offsets and of integers of any width into ours. The width is looked at once, not for
// each element.

namespace seqfeat::detail {

/// Calls `use` with a pointer to the offsets from `first` on, which are int64s or int32s.
template <class Use>
auto with_offsets(const Offsets& offsets, std::int64_t first, const Use& use) {
  return offsets.wide ? use(static_cast<const std::int64_t*>(offsets.data) + first)
                      : use(static_cast<const std::int32_t*>(offsets.data) + first);
}

/// Calls `use` with a pointer of their type to the integers from `first` on; uint64s as int64s.
template <class Use>
auto with_integers(const void* data, DType dtype, std::int64_t first, const Use& use) {
  switch (dtype) {
    case DType::int8:
      return use(static_cast<const std::int8_t*>(data) + first);
    case DType::int16:
      return use(static_cast<const std::int16_t*>(data) + first);
    case DType::int32:
      return use(static_cast<const std::int32_t*>(data) + first);
    case DType::uint8:
      return use(static_cast<const std::uint8_t*>(data) + first);
    case DType::uint16:
      return use(static_cast<const std::uint16_t*>(data) + first);
    case DType::uint32:
      return use(static_cast<const std::uint32_t*>(data) + first);
    default:
      return use(static_cast<const std::int64_t*>(data) + first);
  }
}

/// to[i] = from[i] + shift. The sums fit `To`.
template <class To, class From>
void rebase(To* __restrict to, const From* __restrict from, std::int64_t count,
            std::int64_t shift) noexcept {
  if constexpr (std::is_same_v<To, From>) {
    if (shift == 0) {
      if (count > 0) std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(To));
      return;
    }
  }
  using Bits = std::make_unsigned_t<To>;  // wraps: halves may be cut before they are added
  const auto add = static_cast<Bits>(shift);
  constexpr std::int64_t kBlock = 16;  // of a fixed size, so that compilers take several at once
  std::int64_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    To* __restrict block_to = to + i;
    const From* __restrict block = from + i;
    for (int k = 0; k < kBlock; ++k) {
      block_to[k] = static_cast<To>(static_cast<Bits>(block[k]) + add);
    }
  }
  for (; i < count; ++i) to[i] = static_cast<To>(static_cast<Bits>(from[i]) + add);
}

}  // namespace seqfeat::detail
