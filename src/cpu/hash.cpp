// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/hash_paths.hpp"
#include "cpu/ops.hpp"

namespace seqfeat::cpu {

void hash_range(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  hash_range(detail::in_use(detail::Part::hashing), args, begin, end);
}

void hash_range([[maybe_unused]] Simd simd, const detail::HashArgs& args, std::int64_t begin,
                std::int64_t end) {
#if defined(__x86_64__)
  if (simd == Simd::avx512) {
    return is_integer(args.dtype) ? hash_integers_avx512(args, begin, end)
                                  : hash_strings_avx512(args, begin, end);
  }
#endif
  hash_range_scalar(args, begin, end);
}

void hash(ThreadPool& pool, const detail::HashArgs& args) {
  const std::int64_t mean_bytes = args.bytes / std::max<std::int64_t>(args.count, 1);
  const Chunks chunks(args.count, 16 + mean_bytes, pool.threads());
  pool.run(chunks.count, [&](std::int64_t chunk) {
    hash_range(args, chunk * chunks.size, std::min(args.count, (chunk + 1) * chunks.size));
  });
}

}  // namespace seqfeat::cpu
