// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "seqfeat/detail/hd.hpp"

// FarmHash Fingerprint64 (farmhashna::Hash64 without a seed), from its published definition.
// The bytes come through a loader, so that memory, shared memory and registers share one rule.

namespace seqfeat {

/// Reads bytes from memory, little endian, at any alignment.
class MemoryBytes {
 public:
  SEQFEAT_HD explicit MemoryBytes(const unsigned char* bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] SEQFEAT_HD std::uint32_t byte(std::int64_t i) const noexcept { return bytes_[i]; }
  [[nodiscard]] SEQFEAT_HD std::uint32_t word(std::int64_t i) const noexcept {
    std::uint32_t v = 0;
    std::memcpy(&v, bytes_ + i, sizeof v);
    return v;
  }
  [[nodiscard]] SEQFEAT_HD std::uint64_t dword(std::int64_t i) const noexcept {
    std::uint64_t v = 0;
    std::memcpy(&v, bytes_ + i, sizeof v);
    return v;
  }
  /// The bytes from `i` on.
  [[nodiscard]] SEQFEAT_HD MemoryBytes from(std::int64_t i) const noexcept {
    return MemoryBytes(bytes_ + i);
  }

 private:
  const unsigned char* bytes_;
};

namespace farm {

inline constexpr std::uint64_t k0 = 0xc3a5c85c97cb3127;
inline constexpr std::uint64_t k1 = 0xb492b66fbe98f273;
inline constexpr std::uint64_t k2 = 0x9ae16a3b2f90404f;

SEQFEAT_HD constexpr std::uint64_t rotate(std::uint64_t v, int n) noexcept {
  return (v >> n) | (v << (64 - n));
}
SEQFEAT_HD constexpr std::uint64_t shift_mix(std::uint64_t v) noexcept {
  return v ^ (v >> 47);
}
SEQFEAT_HD constexpr std::uint64_t mix(std::uint64_t u, std::uint64_t v, std::uint64_t m) noexcept {
  std::uint64_t a = (u ^ v) * m;
  a ^= a >> 47;
  std::uint64_t b = (v ^ a) * m;
  b ^= b >> 47;
  return b * m;
}

template <class Bytes>
SEQFEAT_HD std::uint64_t hash_0_to_16(Bytes s, std::int64_t size) noexcept {
  const auto n = static_cast<std::uint64_t>(size);
  const std::uint64_t m = k2 + 2 * n;
  if (size >= 8) {
    const std::uint64_t a = s.dword(0) + k2;
    const std::uint64_t b = s.dword(size - 8);
    return mix(rotate(b, 37) * m + a, (rotate(a, 25) + b) * m, m);
  }
  if (size >= 4) {
    return mix(n + (std::uint64_t{s.word(0)} << 3), std::uint64_t{s.word(size - 4)}, m);
  }
  if (size == 0) return k2;
  const std::uint32_t y = s.byte(0) + (s.byte(size >> 1) << 8);
  const std::uint32_t z = static_cast<std::uint32_t>(size) + (s.byte(size - 1) << 2);
  return shift_mix(y * k2 ^ z * k0) * k2;
}

template <class Bytes>
SEQFEAT_HD std::uint64_t hash_17_to_32(Bytes s, std::int64_t size) noexcept {
  const std::uint64_t m = k2 + 2 * static_cast<std::uint64_t>(size);
  const std::uint64_t a = s.dword(0) * k1;
  const std::uint64_t b = s.dword(8);
  const std::uint64_t c = s.dword(size - 8) * m;
  const std::uint64_t d = s.dword(size - 16) * k2;
  return mix(rotate(a + b, 43) + rotate(c, 30) + d, a + rotate(b + k2, 18) + c, m);
}

/// Both classes above in one body, so that lanes with tokens of different sizes run together: they
/// share the loads and mix().
///
/// Ends   A token's 8 bytes at either end, `first()` and `last()`, and those behind the first and
///        before the last, `second()` and `third()`, which are asked for above 16. Of sizes below 8
///        what stands behind the token in `first()` and above its last 4 bytes in `last()` is no
///        matter, and so is all of `last()` below 4.
template <class Ends>
[[nodiscard]] SEQFEAT_HD std::uint64_t hash_0_to_32(const Ends& s, std::uint32_t size) noexcept {
  // k2 + 2 n, said so that the upper half is seen to be the same for all sizes.
  const std::uint64_t m = (k2 >> 32 << 32) | (static_cast<std::uint32_t>(k2) + 2 * size);
  const std::uint64_t first = s.first();
  const std::uint64_t last = s.last();
  if (size < 4) {
    if (size == 0) return k2;
    const auto word = static_cast<std::uint32_t>(first);
    const auto byte = [word](std::uint32_t i) { return (word >> (8 * i)) & 0xff; };
    const std::uint32_t y = byte(0) | byte(size > 1 ? 1 : 0) << 8;
    const std::uint32_t z = size + (byte(size - 1) << 2);
    return shift_mix(y * k2 ^ z * k0) * k2;
  }
  std::uint64_t u = 0;
  std::uint64_t v = 0;
  if (size > 16) {
    const std::uint64_t a = first * k1;
    const std::uint64_t b = s.second();
    const std::uint64_t c = last * m;
    u = rotate(a + b, 43) + rotate(c, 30) + s.third() * k2;
    v = a + rotate(b + k2, 18) + c;
  } else {
    const std::uint64_t a = first + k2;
    const bool dwords = size >= 8;
    u = dwords ? rotate(last, 37) * m + a : size + ((first & 0xffffffff) << 3);
    v = dwords ? (rotate(a, 25) + last) * m : last & 0xffffffff;
  }
  return mix(u, v, m);
}

template <class Bytes, class Size>
SEQFEAT_HD std::uint64_t hash_33_to_64(Bytes s, Size size) noexcept {
  const std::uint64_t m = k2 + 2 * static_cast<std::uint64_t>(size);
  const Bytes back = s.from(size - 32);
  const std::uint64_t a = s.dword(0) * k2;
  const std::uint64_t b = s.dword(8);
  const std::uint64_t c = back.dword(24) * m;
  const std::uint64_t d = back.dword(16) * k2;
  const std::uint64_t y = rotate(a + b, 43) + rotate(c, 30) + d;
  const std::uint64_t z = mix(y, a + rotate(b + k2, 18) + c, m);
  const std::uint64_t e = s.dword(16) * m;
  const std::uint64_t f = s.dword(24);
  const std::uint64_t g = (y + back.dword(0)) * m;
  const std::uint64_t h = (z + back.dword(8)) * m;
  return mix(rotate(e + f, 43) + rotate(g, 30) + h, e + rotate(f + a, 18) + g, m);
}

struct Pair {
  std::uint64_t first;
  std::uint64_t second;
};

/// Stirs the 32 bytes from `kAt` on into (a, b).
template <int kAt, class Bytes>
SEQFEAT_HD Pair weak_hash_32(Bytes s, std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t last = s.dword(kAt + 24);
  a += s.dword(kAt);
  b = rotate(b + a + last, 21);
  const std::uint64_t c = a;
  a += s.dword(kAt + 8) + s.dword(kAt + 16);
  b += rotate(a, 44);
  return {a + last, b + c};
}

struct LongState {
  std::uint64_t x, y, z;
  Pair v, w;
};

/// The block of 64 bytes at `s`. The last block differs in its multiplier and two factors of 9.
template <class Bytes>
SEQFEAT_HD void long_round(LongState& h, Bytes s, std::uint64_t m, std::uint32_t factor) noexcept {
  h.x = rotate(h.x + h.y + h.v.first + s.dword(8), 37) * m;
  h.y = rotate(h.y + h.v.second + s.dword(48), 42) * m;
  h.x ^= factor * h.w.second;
  h.y += factor * h.v.first + s.dword(40);
  h.z = rotate(h.z + h.w.first, 33) * m;
  h.v = weak_hash_32<0>(s, h.v.second * m, h.x + h.w.first);
  h.w = weak_hash_32<32>(s, h.z + h.w.second, h.y + s.dword(16));
  const std::uint64_t z = h.z;
  h.z = h.x;
  h.x = z;
}

/// Before the first block; `s` is where the token begins.
template <class Bytes>
SEQFEAT_HD LongState long_begin(Bytes s) noexcept {
  constexpr std::uint64_t kSeed = 81;
  LongState h{};
  h.y = kSeed * k1 + 113;
  h.z = shift_mix(h.y * k2 + 113) * k2;
  h.x = kSeed * k2 + s.dword(0);
  return h;
}

/// `bytes`, a multiple of 64, in whole blocks.
template <class Bytes, class Size>
SEQFEAT_HD void long_blocks(LongState& h, Bytes s, Size bytes) noexcept {
  for (Size at = 0; at < bytes; at += 64) long_round(h, s.from(at), k1, 1);
}

/// The bytes of a token that go in as whole blocks, before the last 64.
template <class Size>
[[nodiscard]] SEQFEAT_HD constexpr Size bytes_in_blocks(Size size) noexcept {
  return ((size - 1) >> 6) << 6;
}

/// Before the last 64 bytes, of which some may be in already: their multiplier.
SEQFEAT_HD constexpr std::uint64_t long_last(LongState& h, std::uint64_t size) noexcept {
  h.w.first += (size - 1) & 63;
  h.v.first += h.w.first;
  h.w.first += h.v.first;
  return k1 + ((h.z & 0xff) << 1);
}
inline constexpr std::uint32_t kLastFactor = 9;

/// After the last block, whose multiplier was `m`.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t long_result(const LongState& h,
                                                             std::uint64_t m) noexcept {
  return mix(mix(h.v.first, h.w.first, m) + shift_mix(h.y) * k0 + h.z,
             mix(h.v.second, h.w.second, m) + h.x, m);
}

template <class Bytes, class Size>
SEQFEAT_HD std::uint64_t hash_long(Bytes s, Size size) noexcept {
  LongState h = long_begin(s);
  long_blocks(h, s, bytes_in_blocks(size));
  const std::uint64_t m = long_last(h, static_cast<std::uint64_t>(size));
  long_round(h, s.from(size - 64), m, kLastFactor);
  return long_result(h, m);
}

template <class Bytes, class Size>
SEQFEAT_HD std::uint64_t hash_over_32(Bytes s, Size size) noexcept {
  return size <= 64 ? hash_33_to_64(s, size) : hash_long(s, size);
}

}  // namespace farm

/// FarmHash's Fingerprint64 of `size` bytes: the same on every machine, never to change.
///
/// Loader   `byte(i)`, `word(i)`, `dword(i)` return the 1, 4, 8 bytes from i on, `from(i)` a loader
///          of what follows; nothing outside [0, size) is asked for. Above 32 bytes only `from(i)`
///          and `dword(i)` of multiples of 8 are called.
/// Source   farmhashna::Hash64 of github.com/google/farmhash; TensorFlow's `to_hash_bucket_fast`.
template <class Bytes>
[[nodiscard]] SEQFEAT_HD std::uint64_t fingerprint64(Bytes bytes, std::int64_t size) noexcept {
  if (size <= 16) return farm::hash_0_to_16(bytes, size);
  if (size <= 32) return farm::hash_17_to_32(bytes, size);
  return farm::hash_over_32(bytes, size);
}

/// The same of a string.
[[nodiscard]] inline std::uint64_t fingerprint64(std::string_view token) noexcept {
  return fingerprint64(MemoryBytes(reinterpret_cast<const unsigned char*>(token.data())),
                       static_cast<std::int64_t>(token.size()));
}

}  // namespace seqfeat
