// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "arrow/place.hpp"
#include "arrow/runs.hpp"
#include "arrow/type.hpp"
#include "seqfeat/detail/growing_array.hpp"
#include "seqfeat/ragged.hpp"

namespace seqfeat::detail {

/// A level of lists: where each ends among the elements of all of them.
struct Lists {
  Offsets offsets;  ///< [count + 1], from 0 on: Arrow's, or `own`.
  std::int64_t count = 0;
  Runs elements;  ///< One behind the other, without what no list holds.
  GrowingArray<std::int64_t> own;
};

/// Reads the lists that stand in `runs`.
///
/// Throws   DataError: what the arrays say is wrong, or an offset lies.
[[nodiscard]] Lists read_lists(const Runs& runs, const ListType& type, const Place& place);

}  // namespace seqfeat::detail
