// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "seqfeat/detail/hd.hpp"

namespace seqfeat::detail {

/// The first of [low, high) for which `holds` is false, or `high`: it holds for all before that one
/// and for none behind it.
template <class Index, class Holds>
[[nodiscard]] SEQFEAT_HD constexpr Index partition_point(Index low, Index high,
                                                         const Holds& holds) {
  while (low < high) {
    const Index middle = low + ((high - low) >> 1);
    if (holds(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// The last of [low, high] for which `holds` is true: it holds for `low` and up to some place.
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

}  // namespace seqfeat::detail
