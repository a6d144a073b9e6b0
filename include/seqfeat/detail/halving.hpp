// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "seqfeat/detail/hd.hpp"

namespace seqfeat::detail {

/// The last of (low, high] for which `holds` is true, or `low`, which is not asked: it is true up
/// to some place and false behind it.
template <class Index, class Holds>
[[nodiscard]] SEQFEAT_HD constexpr Index last_that_holds(Index low, Index high,
                                                         const Holds& holds) {
  while (low < high) {
    const Index middle = low + ((high - low + 1) >> 1);
    if (holds(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/// The first of [low, high) for which `holds` is false, or `high`.
template <class Index, class Holds>
[[nodiscard]] SEQFEAT_HD constexpr Index first_that_fails(Index low, Index high,
                                                          const Holds& holds) {
  return last_that_holds(low - 1, high - 1, holds) + 1;
}

}  // namespace seqfeat::detail
