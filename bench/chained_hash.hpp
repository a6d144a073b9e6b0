// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/modulo.hpp"
#include "seqfeat/stream.hpp"

// Hashing without the memory: each token again and again, where it lies. What the processor can do
// at most, since a repetition cannot begin before the one before it is known.

namespace seqfeat::bench {

inline constexpr int kRepetitions = 100;
inline constexpr std::int64_t kLongestChained = 64;  ///< Bytes of a token.

/// A token's bytes, each xored with one and the same byte.
template <class Bytes>
class Salted {
 public:
  SEQFEAT_HD Salted(Bytes bytes, std::uint32_t salt) noexcept
      : bytes_(bytes), salt_(salt * 0x01010101) {}

  [[nodiscard]] SEQFEAT_HD std::uint32_t byte(std::int64_t i) const noexcept {
    return bytes_.byte(i) ^ (salt_ & 0xff);
  }
  [[nodiscard]] SEQFEAT_HD std::uint32_t word(std::int64_t i) const noexcept {
    return bytes_.word(i) ^ salt_;
  }
  [[nodiscard]] SEQFEAT_HD std::uint64_t dword(std::int64_t i) const noexcept {
    return bytes_.dword(i) ^ (std::uint64_t{salt_} << 32 | salt_);
  }

 private:
  Bytes bytes_;
  std::uint32_t salt_;
};

/// The bucket of the last of kRepetitions hashes, each of the bytes salted with the lowest byte of
/// the bucket before. `hash` is fingerprint64 or whatever is equal to it.
template <class Bytes, class Hash>
[[nodiscard]] SEQFEAT_HD std::uint64_t chained_bucket(Bytes bytes, const FastModulo& buckets,
                                                      const Hash& hash) noexcept {
  std::uint64_t bucket = 0;
  for (int i = 0; i < kRepetitions; ++i) {
    bucket = buckets(hash(Salted(bytes, static_cast<std::uint32_t>(bucket & 0xff))));
  }
  return bucket;
}

/// Chained buckets of `count` strings of at most kLongestChained bytes, a thread a string, staged
/// in shared memory and hashed by the same functions as in `seqfeat::hash`.
///
/// Stream   Enqueues on `stream`; everything is on the device.
void hash_chained(const std::uint8_t* bytes, const std::int32_t* offsets, std::int64_t count,
                  std::int64_t buckets, std::int64_t* ids, Stream stream);

}  // namespace seqfeat::bench
