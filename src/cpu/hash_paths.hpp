// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "seqfeat/pad.hpp"

// The ways to hash a range. All give the same ids; `hash_range` takes the one in use.

namespace seqfeat::cpu {

/// Where a token stands; inside the buffer whatever its offsets say.
struct TokenBytes {
  const unsigned char* data;
  std::int64_t size;
};

template <class Offset>
[[nodiscard]] inline TokenBytes token_at(const detail::HashArgs& args, std::int64_t i) noexcept {
  const auto* offsets = static_cast<const Offset*>(args.byte_offsets.data);
  const std::int64_t from = clamp_offset(offsets[i], args.bytes);
  const std::int64_t to = clamp_offset(offsets[i + 1], args.bytes);
  return {static_cast<const unsigned char*>(args.data) + from, to > from ? to - from : 0};
}

/// What makes the fingerprints of a feature's tokens.
[[nodiscard]] inline detail::HashArgs fingerprints_of(const RaggedView& view,
                                                      std::int64_t* out) noexcept {
  return {view.dtype, view.data, view.byte_offsets, view.value_count,
          view.bytes, false,     FastModulo(),      out};
}

/// Calls `body` with a zero of the type of the ids.
template <class Body>
inline void with_id_type(const detail::HashArgs& args, const Body& body) {
  if (args.wide) {
    body(std::int64_t{0});
  } else {
    body(std::int32_t{0});
  }
}

/// Fingerprint64 of more than 32 bytes.
[[nodiscard]] std::uint64_t fingerprint64_of_long(TokenBytes token) noexcept;

void hash_range_scalar(const detail::HashArgs& args, std::int64_t begin, std::int64_t end);

#if defined(__x86_64__)
// Eight tokens at a time; where `available(Simd::avx512)`.
void hash_strings_avx512(const detail::HashArgs& args, std::int64_t begin, std::int64_t end);
void hash_integers_avx512(const detail::HashArgs& args, std::int64_t begin, std::int64_t end);
/// True of a vocabulary whose slots do not stay in a core's second cache: they are asked for ahead.
[[nodiscard]] constexpr bool asks_for_slots(const IdSource& source) noexcept {
  constexpr std::int64_t kSecondCache = 512 << 10;  // bytes
  return vocabulary_slots(source.words) * std::int64_t{sizeof(VocabularySlot)} > kSecondCache;
}

/// Ids of strings by a vocabulary; its words and the tokens have 16 bytes and more together.
void find_words_avx512(const IdSource& source, const RaggedView& view, std::int64_t begin,
                       std::int64_t end, std::int64_t* ids) noexcept;
#endif

}  // namespace seqfeat::cpu
