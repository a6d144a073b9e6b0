// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "seqfeat/decimal.hpp"
#include "seqfeat/detail/hd.hpp"
#include "seqfeat/dtype.hpp"
#include "seqfeat/fingerprint.hpp"

// SipHash-2-4 of 64 bits, from its published definition: TensorFlow's `to_hash_bucket_strong`, in
// which nobody without the key can aim at a bucket.

namespace seqfeat {

/// The key of a strong hash; Keras calls it a salt.
struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;

  friend constexpr bool operator==(const HashKey&, const HashKey&) = default;
};

namespace sip {

struct State {
  std::uint64_t a, b, c, d;
};

SEQFEAT_HD constexpr std::uint64_t rotate_left(std::uint64_t v, int n) noexcept {
  return (v << n) | (v >> (64 - n));
}

SEQFEAT_HD constexpr void round(State& s) noexcept {
  s.a += s.b;
  s.c += s.d;
  s.b = rotate_left(s.b, 13) ^ s.a;
  s.d = rotate_left(s.d, 16) ^ s.c;
  s.a = rotate_left(s.a, 32);
  s.c += s.b;
  s.a += s.d;
  s.b = rotate_left(s.b, 17) ^ s.c;
  s.d = rotate_left(s.d, 21) ^ s.a;
  s.c = rotate_left(s.c, 32);
}

SEQFEAT_HD constexpr State begin(HashKey key) noexcept {
  return {key.first ^ 0x736f6d6570736575, key.second ^ 0x646f72616e646f6d,
          key.first ^ 0x6c7967656e657261, key.second ^ 0x7465646279746573};
}

/// Stirs in eight bytes.
SEQFEAT_HD constexpr void stir(State& s, std::uint64_t word) noexcept {
  s.d ^= word;
  round(s);
  round(s);
  s.a ^= word;
}

SEQFEAT_HD constexpr std::uint64_t result(State s) noexcept {
  s.c ^= 0xff;
  for (int i = 0; i < 4; ++i) round(s);
  return s.a ^ s.b ^ s.c ^ s.d;
}

}  // namespace sip

/// SipHash-2-4 of `size` bytes.
///
/// Loader   `byte(i)` and `dword(i)` of multiples of 8, as for `fingerprint64`; nothing outside
///          [0, size) is asked for.
template <class Bytes>
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t siphash64(Bytes bytes, std::int64_t size,
                                                           HashKey key) noexcept {
  sip::State s = sip::begin(key);
  std::int64_t at = 0;
  for (; at + 8 <= size; at += 8) sip::stir(s, bytes.dword(at));
  std::uint64_t last = static_cast<std::uint64_t>(size) << 56;
  for (std::int64_t i = at; i < size; ++i) last |= std::uint64_t{bytes.byte(i)} << (i - at) * 8;
  sip::stir(s, last);
  return sip::result(s);
}

/// The same of a string.
[[nodiscard]] inline std::uint64_t siphash64(std::string_view token, HashKey key) noexcept {
  return siphash64(MemoryBytes(reinterpret_cast<const unsigned char*>(token.data())),
                   static_cast<std::int64_t>(token.size()), key);
}

/// The same of an integer's decimal text; `bits` as `integer_at` gives them.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t siphash64_of_integer(std::int64_t bits,
                                                                      DType dtype,
                                                                      HashKey key) noexcept {
  const Decimal text = decimal_of_integer(bits, dtype);
  return siphash64(text, text.size(), key);
}

static_assert(siphash64_of_integer(0, DType::int64, {133, 137}) % (1 << 20) ==
              1374639321 % (1 << 20));  // Keras' Hashing(2**31, salt=[133, 137])

}  // namespace seqfeat
