// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace seqfeat::bench {

struct Range {
  std::int64_t begin, end;
};

/// Cuts inputs that come from memory into parts, of which each pass takes the next. So a repetition
/// need not last as long as the whole, and no part is met again before all others have been.
class Turns {
 public:
  explicit Turns(int parts) : parts_(parts) {}

  [[nodiscard]] int parts() const noexcept { return parts_; }
  /// The next part of `count` things.
  Range next(std::int64_t count) noexcept {
    const std::int64_t part = next_;
    next_ = (next_ + 1) % parts_;
    return {count * part / parts_, count * (part + 1) / parts_};
  }

 private:
  int parts_;
  int next_ = 0;
};

/// Parts of what is streamed: enough for the least --seconds, few enough that a part is worth
/// several threads.
inline constexpr int kStreamedParts = 16;

}  // namespace seqfeat::bench
