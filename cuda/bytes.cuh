// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/port.cuh"

// Bytes of tokens, staged in shared memory by loads that keep inside the tokens' buffer.

namespace seqfeat::cuda {

/// Bytes at any offset of shared memory, as the hash functions ask for them (see fingerprint64). Up
/// to 16 bytes beyond a token may be asked for; what they are means nothing.
class StagedBytes {
 public:
  __device__ StagedBytes(const std::uint32_t* words, std::uint32_t offset)
      : words_(words), offset_(offset) {}

  [[nodiscard]] __device__ std::uint64_t dword(std::int64_t i) const {
    const std::uint32_t at = offset_ + static_cast<std::uint32_t>(i);
    const std::uint32_t* const from = words_ + (at >> 2);
    const std::uint32_t bits = (at & 3) * 8;
    const std::uint32_t middle = from[1];
    const std::uint32_t low = __funnelshift_r(from[0], middle, bits);
    const std::uint32_t high = __funnelshift_r(middle, from[2], bits);
    return (std::uint64_t{high} << 32) | low;
  }
  [[nodiscard]] __device__ std::uint32_t word(std::int64_t i) const {
    return static_cast<std::uint32_t>(dword(i));
  }
  [[nodiscard]] __device__ std::uint32_t byte(std::int64_t i) const { return word(i) & 0xff; }

 private:
  const std::uint32_t* words_;
  std::uint32_t offset_;
};

/// A buffer of bytes that belongs to somebody else: nothing outside [begin, end) is read.
struct ByteBuffer {
  const unsigned char* begin;
  const unsigned char* end;

  [[nodiscard]] __device__ bool holds(std::uintptr_t address, unsigned size) const {
    return address >= reinterpret_cast<std::uintptr_t>(begin) &&
           address + size <= reinterpret_cast<std::uintptr_t>(end);
  }
  /// The aligned word at `address`; bytes outside the buffer are 0.
  [[nodiscard]] __device__ std::uint32_t word(std::uintptr_t address) const {
    if (holds(address, 4)) return *reinterpret_cast<const std::uint32_t*>(address);
    std::uint32_t v = 0;
    for (unsigned i = 0; i < 4; ++i) {
      if (holds(address + i, 1)) {
        v |= std::uint32_t{*reinterpret_cast<const unsigned char*>(address + i)} << (8 * i);
      }
    }
    return v;
  }
};

}  // namespace seqfeat::cuda
