// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/ops.hpp"

namespace seqfeat::cpu {

Chunks::Chunks(std::int64_t items, std::int64_t bytes, int threads) noexcept {
  // To wake a thread takes as long as to write some hundred kilobytes.
  constexpr std::int64_t kLeastBytes = 256 << 10;
  constexpr std::int64_t kMostBytes = 2 << 20;
  constexpr std::int64_t kChunksAThread = 8;
  const std::int64_t even = items / (kChunksAThread * threads);
  size = std::max<std::int64_t>(std::clamp(even, kLeastBytes / bytes, kMostBytes / bytes), 1);
  count = items <= 0 ? 0 : (items - 1) / size + 1;
}

}  // namespace seqfeat::cpu
