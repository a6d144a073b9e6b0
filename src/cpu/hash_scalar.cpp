// SPDX-License-Identifier: Apache-2.0
#include "cpu/hash_paths.hpp"
#include "seqfeat/hash.hpp"

// Tokens one at a time, for any machine. Two cures for mispredicted sizes were measured and left
// out: one merged body with selects, as the vectors have, takes twice the time, for its chain of
// dependent steps is long; sorting a block by class wins a fifth on fresh tokens and loses a
// quarter where the predictor has learned them.

namespace seqfeat::cpu {
namespace {

template <class Offset, class Id>
void hash_strings(const detail::HashArgs& shared, std::int64_t begin, std::int64_t end) noexcept {
  const detail::HashArgs args = shared;  // its own, for ids may not be taken for changing it
  auto* const out = static_cast<Id*>(args.out);
  for (std::int64_t i = begin; i < end; ++i) {
    const TokenBytes t = token_at<Offset>(args, i);
    const MemoryBytes bytes(t.data);
    const std::uint64_t hash = t.size <= 16   ? farm::hash_0_to_16(bytes, t.size)
                               : t.size <= 32 ? farm::hash_17_to_32(bytes, t.size)
                                              : fingerprint64_of_long(t);
    out[i] = args.id_of<Id>(hash);
  }
}

template <class Id>
void hash_integers(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) noexcept {
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t bits = integer_at(args.data, args.dtype, i);
    static_cast<Id*>(args.out)[i] = args.id_of<Id>(fingerprint64_of_integer(bits, args.dtype));
  }
}

}  // namespace

// Flattened, for the state of the long class is to live in registers.
[[gnu::flatten, gnu::noinline]] std::uint64_t fingerprint64_of_long(TokenBytes token) noexcept {
  const MemoryBytes bytes(token.data);
  return farm::hash_over_32(bytes, token.size);
}

void hash_range_scalar(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  with_id_type(args, [&](auto id) {
    using Id = decltype(id);
    if (is_integer(args.dtype)) {
      hash_integers<Id>(args, begin, end);
    } else if (args.byte_offsets.wide) {
      hash_strings<std::int64_t, Id>(args, begin, end);
    } else {
      hash_strings<std::int32_t, Id>(args, begin, end);
    }
  });
}

}  // namespace seqfeat::cpu
