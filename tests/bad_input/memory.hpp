// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// What the C++ heap of this program holds: its operator new counts.

namespace seqfeat::test {

/// Measures from its construction on.
class MemoryPeak {
 public:
  MemoryPeak();
  /// The most bytes that were held at once, above those held at the beginning.
  [[nodiscard]] std::int64_t above_baseline() const noexcept;
  /// The bytes held now, above those held at the beginning.
  [[nodiscard]] std::int64_t still_held() const noexcept;

 private:
  std::int64_t baseline_;
};

}  // namespace seqfeat::test
