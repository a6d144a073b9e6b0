// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "arrow/place.hpp"
#include "backend/host_memory.hpp"
#include "seqfeat/detail/growing_array.hpp"

namespace seqfeat::detail {

/// Room for `count` elements at the end of an array, to be written and then counted by `added`.
/// `count` is at most kMostValues + 1.
///
/// Throws   OutOfMemory before it allocates what cannot be had.
template <class T>
[[nodiscard]] T* room_in(GrowingArray<T>& array, std::int64_t count, const Place& place) {
  const std::int64_t bytes = count * std::int64_t{sizeof(T)};
  place.require_memory(bytes);
  T* const room = array.room(static_cast<std::size_t>(count));
  prefer_huge_pages(room, bytes);  // to touch new small pages would take longer than the copy
  return room;
}

}  // namespace seqfeat::detail
