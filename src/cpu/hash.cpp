// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/ops.hpp"
#include "seqfeat/hash.hpp"

namespace seqfeat::cpu {
namespace {

/// Writes fingerprints or buckets of [begin, end); `fingerprint_at(i)` is the token's hash.
template <class FingerprintAt>
void write(const detail::HashArgs& args, std::int64_t begin, std::int64_t end,
           const FingerprintAt& fingerprint_at) {
  if (!args.modulo) {
    for (std::int64_t i = begin; i < end; ++i) {
      args.out[i] = static_cast<std::int64_t>(fingerprint_at(i));
    }
    return;
  }
  const FastModulo buckets = args.buckets;
  for (std::int64_t i = begin; i < end; ++i) {
    args.out[i] = static_cast<std::int64_t>(buckets(fingerprint_at(i)));
  }
}

template <class Offset>
void hash_strings(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  const auto* offsets = static_cast<const Offset*>(args.byte_offsets.data);
  const auto* bytes = static_cast<const unsigned char*>(args.data);
  write(args, begin, end, [=, limit = args.bytes](std::int64_t i) {
    const std::int64_t from = clamp_offset(offsets[i], limit);
    const std::int64_t to = clamp_offset(offsets[i + 1], limit);
    return fingerprint64(MemoryBytes(bytes + from), to > from ? to - from : 0);
  });
}

}  // namespace

void hash_range(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  if (is_integer(args.dtype)) {
    write(args, begin, end, [&](std::int64_t i) {
      return fingerprint64_of_integer(integer_at(args.data, args.dtype, i), args.dtype);
    });
  } else if (args.byte_offsets.wide) {
    hash_strings<std::int64_t>(args, begin, end);
  } else {
    hash_strings<std::int32_t>(args, begin, end);
  }
}

void hash(ThreadPool& pool, const detail::HashArgs& args) {
  const std::int64_t mean_bytes = args.bytes / std::max<std::int64_t>(args.count, 1);
  const Cut cut(args.count, 16 + mean_bytes);
  pool.run(cut.pieces, [&](std::int64_t piece) {
    hash_range(args, piece * cut.size, std::min(args.count, (piece + 1) * cut.size));
  });
}

}  // namespace seqfeat::cpu
