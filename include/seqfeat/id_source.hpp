// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/decimal.hpp"
#include "seqfeat/detail/hd.hpp"
#include "seqfeat/dtype.hpp"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/modulo.hpp"
#include "seqfeat/siphash.hpp"
#include "seqfeat/vocabulary.hpp"

// Where a column's ids come from. A new type of column adds a kind and its case here, and a row to
// src/spec/sources.cpp; nothing else knows one kind from another.

namespace seqfeat {

/// The rule by which a token becomes an id.
enum class IdKind : std::uint8_t { hash_bucket, identity, keyed_hash, vocabulary, crossed };

/// A column's rule as plain data, the same on the host and on a device.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what a rule needs stands together
struct IdSource {
  IdKind kind = IdKind::hash_bucket;
  std::int64_t rows = 0;  ///< The rows of a table, or the width of an indicator.
  /// hash_bucket, crossed: divides by `rows`; keyed_hash: likewise, by one less where a token is
  /// masked; vocabulary: by the number of buckets for other tokens, if there are any.
  FastModulo buckets = {};
  /// identity: what values outside [0, rows) become; -1: they stay as they are. vocabulary: what
  /// other tokens become, any number, where there are no buckets for them.
  std::int64_t default_id = -1;
  /// What the rule looks into, in the memory of who applies it: 8-aligned, nothing where a rule has
  /// no such thing. A column's own source has none; a layer brings it where its ids are made.
  const unsigned char* data = nullptr;
  std::int64_t data_bytes = 0;

  bool salted = false;       ///< keyed_hash: SipHash under `salt` in place of FarmHash.
  HashKey salt = {};         ///< Likewise.
  bool masks = false;        ///< keyed_hash: the masked token, and it alone, has the id 0.
  std::int64_t masked = 0;   ///< Likewise: it as an integer; as a string it is `data`.
  bool masked_huge = false;  ///< Likewise: the integer is of a uint64 beyond int64.

  /// vocabulary: its size. `data` has vocabulary_slots(words) slots, and behind them the strings.
  std::int64_t words = 0;
  bool hashes_others = false;  ///< vocabulary: tokens that are not in it have buckets behind it.

  /// True for the two rules that read nothing but the token and hash by FarmHash alone. Kernels
  /// have instances for them that carry no other's registers.
  [[nodiscard]] SEQFEAT_HD constexpr bool plain() const noexcept {
    return kind <= IdKind::identity;
  }

  /// Every id is in [0, rows). Where it is not, a negative id means that the token has no row, and
  /// an id of `rows` or more is an error for an embedding and counts nothing in an indicator.
  [[nodiscard]] SEQFEAT_HD constexpr bool total() const noexcept {
    if (kind == IdKind::hash_bucket || kind == IdKind::keyed_hash) return true;
    if (kind == IdKind::crossed || hashes_others) return true;
    return default_id >= 0 && default_id < rows;
  }

  /// False where no id is `rows` or more.
  [[nodiscard]] SEQFEAT_HD constexpr bool may_pass_end() const noexcept {
    return !total() && (kind != IdKind::vocabulary || default_id >= rows);
  }

  friend constexpr bool operator==(const IdSource&, const IdSource&) = default;
};

/// A token of a feature: a string, or an integer as `integer_at` gives it.
struct Token {
  DType dtype = DType::string;
  const unsigned char* bytes = nullptr;
  std::int64_t size = 0;
  std::int64_t integer = 0;
};

/// True of an integer that an int64 cannot say.
[[nodiscard]] SEQFEAT_HD constexpr bool is_huge(const Token& token) noexcept {
  return token.dtype == DType::uint64 && token.integer < 0;
}

/// What TensorFlow's `to_hash_bucket_fast` hashes a token to: of an integer, its decimal text.
[[nodiscard]] SEQFEAT_HD inline std::uint64_t fingerprint64(const Token& token) noexcept {
  return is_integer(token.dtype) ? fingerprint64_of_integer(token.integer, token.dtype)
                                 : fingerprint64(MemoryBytes(token.bytes), token.size);
}

/// The bucket of a fingerprint: `buckets(fingerprint)`, by a shorter way where 32 bits are enough.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t bucket_of(const FastModulo& buckets,
                                                          std::uint64_t fingerprint) noexcept {
  if (buckets.divisor() <= FastModulo::kMost32) return buckets.remainder_32(fingerprint);
  return static_cast<std::int64_t>(buckets(fingerprint));
}

/// An integer as an id. One above int64's range is past the end of every table, so int64's largest
/// stands for it.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t identity_of(const IdSource& source,
                                                            const Token& token) noexcept {
  const std::int64_t id = is_huge(token) ? INT64_MAX : token.integer;
  return source.default_id < 0 || (id >= 0 && id < source.rows) ? id : source.default_id;
}

/// True if `size` bytes are the same.
[[nodiscard]] SEQFEAT_HD constexpr bool same_bytes(const unsigned char* a, const unsigned char* b,
                                                   std::int64_t size) noexcept {
  for (std::int64_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

/// True of the token that a keyed hash masks, of any width.
[[nodiscard]] SEQFEAT_HD constexpr bool is_masked(const IdSource& source,
                                                  const Token& token) noexcept {
  if (!source.masks) return false;
  if (is_integer(token.dtype)) {
    return token.integer == source.masked && is_huge(token) == source.masked_huge;
  }
  return token.size == source.data_bytes && same_bytes(token.bytes, source.data, token.size);
}

/// TensorFlow's `to_hash_bucket_strong`, or `to_hash_bucket_fast` without a salt; with a mask as
/// Keras' `Hashing` has it: the masked token is 0, the others stand behind it.
[[nodiscard]] SEQFEAT_HD inline std::int64_t keyed_id_of(const IdSource& source,
                                                         const Token& token) noexcept {
  if (is_masked(source, token)) return 0;
  std::uint64_t hash = 0;
  if (!source.salted) {
    hash = fingerprint64(token);
  } else if (is_integer(token.dtype)) {
    hash = siphash64_of_integer(token.integer, token.dtype, source.salt);
  } else {
    hash = siphash64(MemoryBytes(token.bytes), token.size, source.salt);
  }
  return bucket_of(source.buckets, hash) + (source.masks ? 1 : 0);
}

/// The place of a token in a vocabulary; negative if it is not there. `fingerprint` is that of a
/// string, and of an integer no matter.
[[nodiscard]] SEQFEAT_HD inline std::int64_t place_in_vocabulary(
    const IdSource& source, const Token& token, std::uint64_t fingerprint) noexcept {
  const auto* table = reinterpret_cast<const VocabularySlot*>(source.data);
  const std::int64_t slots = vocabulary_slots(source.words);
  std::int64_t found = 0;
  if (is_integer(token.dtype)) {
    if (is_huge(token)) return -1;
    const auto key = static_cast<std::uint64_t>(token.integer);
    found = vocabulary_find(table, slots, vocabulary_hash(token.integer),
                            [key](const VocabularySlot& slot) { return slot.key == key; });
  } else {
    const auto* bytes = reinterpret_cast<const unsigned char*>(table + slots);
    const std::uint64_t tag = vocabulary_tag(fingerprint);
    found = vocabulary_find(table, slots, fingerprint, [&](const VocabularySlot& slot) {
      const std::uint64_t place = slot.key ^ tag;  // only it, if the tags are the same
      return slot.size == token.size && place >> VocabularySlot::kPlaceBits == 0 &&
             same_bytes(token.bytes, bytes + place, token.size);
    });
  }
  const std::uint32_t id = table[found].id;
  return id == VocabularySlot::kFree ? -1 : std::int64_t{id};
}

/// The same as an id: of tokens that are not there, their bucket or the default.
[[nodiscard]] SEQFEAT_HD inline std::int64_t vocabulary_id_of(const IdSource& source,
                                                              const Token& token,
                                                              std::uint64_t fingerprint) noexcept {
  const std::int64_t place = place_in_vocabulary(source, token, fingerprint);
  if (place >= 0) return place;
  if (!source.hashes_others) return source.default_id;
  if (is_integer(token.dtype)) fingerprint = fingerprint64(token);
  return source.words + bucket_of(source.buckets, fingerprint);
}

/// The id of a token; of a cross, whose ids are of tokens of several features, there is none (see
/// crossed.hpp).
[[nodiscard]] SEQFEAT_HD inline std::int64_t id_of(const IdSource& source,
                                                   const Token& token) noexcept {
  switch (source.kind) {
    case IdKind::hash_bucket:
      return bucket_of(source.buckets, fingerprint64(token));
    case IdKind::identity:
      return identity_of(source, token);
    case IdKind::keyed_hash:
      return keyed_id_of(source, token);
    case IdKind::vocabulary:
      return vocabulary_id_of(source, token, is_integer(token.dtype) ? 0 : fingerprint64(token));
    case IdKind::crossed:
      break;
  }
  return -1;
}

static_assert(bucket_of(FastModulo(10), 123) == 3);
static_assert(bucket_of(FastModulo(1ULL << 40), ~0ULL) == (1LL << 40) - 1);
static_assert(identity_of({IdKind::identity, 4, {}, -1}, {DType::int8, nullptr, 0, 4}) == 4);
static_assert(identity_of({IdKind::identity, 4, {}, -1}, {DType::int8, nullptr, 0, -1}) < 0);
static_assert(identity_of({IdKind::identity, 4, {}, 2}, {DType::int8, nullptr, 0, 4}) == 2);
static_assert(identity_of({IdKind::identity, 4, {}, 2}, {DType::int8, nullptr, 0, 3}) == 3);

}  // namespace seqfeat
