// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/modulo.hpp"

// Where a vocabulary's words stand: the same table on the host and on a device, made once on the
// host.

namespace seqfeat {

/// A slot of a vocabulary's table. A word is found by its hash and then compared in full: what is
/// kept of the hash only saves comparisons, and no two words are ever taken for one.
struct VocabularySlot {
  static constexpr std::uint32_t kFree = 0xffffffff;
  static constexpr int kPlaceBits = 48;

  /// Of strings, 16 bits of the fingerprint above the place of the first byte among the bytes of
  /// all words; of integers, the integer.
  std::uint64_t key = 0;
  std::uint32_t size = 0;  ///< Of strings, in bytes.
  std::uint32_t id = kFree;
};
static_assert(sizeof(VocabularySlot) == 16);

/// The slots of a table of `words` words: of few, six a word, of some thousand, three; else two
/// thirds of them are taken, 24 bytes a word.
///
/// Probes   Linear from multiply_high(hash, slots) on. A word that is there takes 2 slots in the
///          mean (1.3 where there are three a word, 1.1 where there are six), one that is not 5
///          (1.6, 1.2): mostly one line of 128 bytes. A run never ends in a circle, for some slot
///          is free.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t vocabulary_slots(std::int64_t words) noexcept {
  constexpr std::int64_t kFew = 2048;
  constexpr std::int64_t kSmall = 8192;  // their slots, too, stay in a core's second cache
  if (words > kSmall) return words + words / 2 + 1;
  return (words > kFew ? 3 : 6) * words + 1;
}

/// What is kept in a slot's key of a string with this fingerprint, above its place.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t vocabulary_tag(
    std::uint64_t fingerprint) noexcept {
  return fingerprint << VocabularySlot::kPlaceBits;
}

/// The hash by which an integer is looked for: the finalizer of SplitMix64.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t vocabulary_hash(std::int64_t integer) noexcept {
  auto v = static_cast<std::uint64_t>(integer);
  v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
  v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
  return v ^ (v >> 31);
}

/// The first slot from that of `hash` on that is free or that `is_it` holds of; there is a free
/// one.
template <class Is>
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t vocabulary_find(const VocabularySlot* table,
                                                                std::int64_t slots,
                                                                std::uint64_t hash,
                                                                const Is& is_it) noexcept {
  auto at = static_cast<std::int64_t>(multiply_high(hash, static_cast<std::uint64_t>(slots)));
  while (table[at].id != VocabularySlot::kFree && !is_it(table[at])) {
    if (++at == slots) at = 0;
  }
  return at;
}

}  // namespace seqfeat
