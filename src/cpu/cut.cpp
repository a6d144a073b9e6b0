// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/ops.hpp"

namespace seqfeat::cpu {

Cut::Cut(std::int64_t count, std::int64_t bytes) noexcept {
  // To wake a thread takes as long as to write some hundred kilobytes.
  constexpr std::int64_t kPieceBytes = 256 << 10;
  size = std::max<std::int64_t>(kPieceBytes / bytes, 1);
  pieces = count <= 0 ? 0 : (count - 1) / size + 1;
}

}  // namespace seqfeat::cpu
