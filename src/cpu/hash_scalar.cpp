// SPDX-License-Identifier: Apache-2.0
#include "cpu/hash_paths.hpp"
#include "seqfeat/hash.hpp"

namespace seqfeat::cpu {
namespace {

template <class Offset>
void hash_strings(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    const TokenBytes t = token_at<Offset>(args, i);
    args.out[i] = id_of(args, fingerprint64(MemoryBytes(t.data), t.size));
  }
}
}  // namespace

// Flattened, for the state of the long class has to live in registers.
[[gnu::flatten]] std::uint64_t fingerprint64_of_long(TokenBytes token) noexcept {
  const MemoryBytes bytes(token.data);
  return token.size <= 64 ? farm::hash_33_to_64(bytes, token.size)
                          : farm::hash_long(bytes, token.size);
}

void hash_range_scalar(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  if (is_integer(args.dtype)) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t bits = integer_at(args.data, args.dtype, i);
      args.out[i] = id_of(args, fingerprint64_of_integer(bits, args.dtype));
    }
  } else if (args.byte_offsets.wide) {
    hash_strings<std::int64_t>(args, begin, end);
  } else {
    hash_strings<std::int32_t>(args, begin, end);
  }
}
}  // namespace seqfeat::cpu
