// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/port.cuh"

// Token bytes as the hash functions ask for them (see fingerprint64), from memory that is read in
// whole aligned words. Both kinds may be asked for up to 16 bytes beyond a token; what they give
// there means nothing.

namespace seqfeat::cuda {

/// Bytes at any offset from `words(k)`, the k-th aligned word of four bytes.
template <class Words>
class UnalignedBytes {
 public:
  __device__ UnalignedBytes(Words words, unsigned offset) : words_(words), offset_(offset) {}

  [[nodiscard]] __device__ std::uint64_t dword(std::int64_t i) const {
    const std::int64_t at = i + offset_;
    const std::int64_t k = at >> 2;
    const unsigned bits = (static_cast<unsigned>(at) & 3) * 8;
    const std::uint32_t middle = words_(k + 1);
    const std::uint32_t low = __funnelshift_r(words_(k), middle, bits);
    const std::uint32_t high = __funnelshift_r(middle, words_(k + 2), bits);
    return (std::uint64_t{high} << 32) | low;
  }
  [[nodiscard]] __device__ std::uint32_t word(std::int64_t i) const {
    return static_cast<std::uint32_t>(dword(i));
  }
  [[nodiscard]] __device__ std::uint32_t byte(std::int64_t i) const { return word(i) & 0xff; }

 private:
  Words words_;
  unsigned offset_;
};

/// Words in shared memory.
struct StagedWords {
  const std::uint32_t* words;

  __device__ std::uint32_t operator()(std::int64_t k) const {
    return words[static_cast<std::uint32_t>(k)];
  }
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

/// Words of a buffer, counted from an aligned address that may lie in front of it.
struct BufferWords {
  ByteBuffer buffer;
  std::uintptr_t origin;

  __device__ std::uint32_t operator()(std::int64_t k) const {
    return buffer.word(origin + static_cast<std::uintptr_t>(k) * 4);
  }
};

/// The bytes from `at` on, read from global memory.
__device__ inline UnalignedBytes<BufferWords> bytes_at(const ByteBuffer& buffer, std::int64_t at) {
  const auto address = reinterpret_cast<std::uintptr_t>(buffer.begin + at);
  return {{buffer, address & ~std::uintptr_t{3}}, static_cast<unsigned>(address & 3)};
}

}  // namespace seqfeat::cuda
