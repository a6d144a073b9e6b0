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
