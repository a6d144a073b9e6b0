// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/modulo.hpp"
#include "seqfeat/stream.hpp"

// The benchmark's own kernels beside `seqfeat::hash`.

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

// Hashing without the memory: each token again and again, where it lies. What the processor can do
// at most, since a repetition cannot begin before the one before it is known.

inline constexpr int kRepetitions = 100;
inline constexpr std::int64_t kLongestChained = 64;  ///< Bytes of a token.

/// A token's bytes, each xored with one and the same byte.
template <class Bytes>
class Salted {
 public:
  SEQFEAT_HD Salted(Bytes bytes, std::uint32_t salt) noexcept
      : bytes_(bytes), salt_(salt * 0x01010101) {}

  template <class Size>
  [[nodiscard]] SEQFEAT_HD std::uint32_t byte(Size i) const noexcept {
    return bytes_.byte(i) ^ (salt_ & 0xff);
  }
  template <class Size>
  [[nodiscard]] SEQFEAT_HD std::uint32_t word(Size i) const noexcept {
    return bytes_.word(i) ^ salt_;
  }
  template <class Size>
  [[nodiscard]] SEQFEAT_HD std::uint64_t dword(Size i) const noexcept {
    return salted(bytes_.dword(i));
  }
  template <class Size>
  [[nodiscard]] SEQFEAT_HD Salted from(Size i) const noexcept {
    Salted further = *this;
    further.bytes_ = bytes_.from(i);
    return further;
  }

  // Of both ends of a token, as farm::hash_0_to_32 asks for them.

  [[nodiscard]] SEQFEAT_HD std::uint64_t first() const noexcept { return salted(bytes_.first()); }
  [[nodiscard]] SEQFEAT_HD std::uint64_t second() const noexcept { return salted(bytes_.second()); }
  [[nodiscard]] SEQFEAT_HD std::uint64_t third() const noexcept { return salted(bytes_.third()); }
  [[nodiscard]] SEQFEAT_HD std::uint64_t last() const noexcept { return salted(bytes_.last()); }

 private:
  [[nodiscard]] SEQFEAT_HD std::uint64_t salted(std::uint64_t word) const noexcept {
    return word ^ (std::uint64_t{salt_} << 32 | salt_);
  }

  Bytes bytes_;
  std::uint32_t salt_;
};

/// The bucket of the last of kRepetitions hashes, each of the bytes salted with the lowest byte of
/// the bucket before: `hash(salt)` is the fingerprint of the bytes salted so.
template <class Hash>
[[nodiscard]] SEQFEAT_HD std::uint64_t chained_bucket(const FastModulo& buckets,
                                                      const Hash& hash) noexcept {
  std::uint64_t bucket = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    bucket = buckets(hash(static_cast<std::uint32_t>(bucket & 0xff)));
  }
  return bucket;
}

/// Chained buckets of `count` strings of at most kLongestChained bytes, a thread a string, staged
/// in shared memory and hashed by the same functions as in `seqfeat::hash`.
///
/// Stream   Enqueues on `stream`; everything is on the device.
void hash_chained(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                  std::int64_t buckets, std::int32_t* ids, Stream stream);

}  // namespace seqfeat::bench
