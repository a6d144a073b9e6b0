// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "arrow/place.hpp"
#include "seqfeat/arrow_abi.hpp"

// A level of a column as runs of elements. Chunks, slices, nulls and lists that lie apart all come
// to the same: some elements of one array, then some of another or of the same one.

namespace seqfeat::detail {

/// Elements of `array` one behind the other, or `count` elements that are null.
struct Run {
  const ArrowArray* array;  ///< Null: the elements are null.
  std::int64_t begin;       ///< The place in the buffers: `array->offset` is in it.
  std::int64_t count;
};
using Runs = std::vector<Run>;

/// Adds a run, to the last one if it goes on there.
void append(Runs& runs, const Run& run);

/// The number of elements.
///
/// Throws   OutOfMemory if no batch can have so many.
[[nodiscard]] std::int64_t count_of(const Runs& runs, const Place& place);

/// What the structs of an array have to say.
struct Shape {
  std::int64_t buffers = 0;
  bool more_buffers = false;  ///< There may be more than `buffers`.
  std::int64_t children = 0;
  bool dictionary = false;
  bool nullable = true;  ///< The first buffer is a bitmap of the elements that are not null.
};

/// Checks what an array says of itself: sizes, counts, and pointers to other structs.
///
/// Throws   DataError
void check(const ArrowArray* array, const Shape& shape, const Place& place);
/// Checks length and offset alone.
void check_sizes(const ArrowArray* array, const Place& place);

/// Buffer `i`; null only if `count` is 0.
///
/// Throws   DataError if it is null although there are elements.
[[nodiscard]] const void* buffer(const ArrowArray& array, std::int64_t i, std::int64_t count,
                                 const Place& place);

/// The first bit in [begin, end) that is `wanted`, or `end`. Reads no byte without such a bit.
[[nodiscard]] std::int64_t next_bit(const void* bits, std::int64_t begin, std::int64_t end,
                                    bool wanted) noexcept;

/// Calls `use` with the elements of `runs` in their order: with runs in which no element is null,
/// and runs of nulls. The arrays' first buffer is a bitmap of the elements that are not null.
template <class Use>
void each_stretch(const Runs& runs, const Use& use) {
  for (const Run& run : runs) {
    const bool has_nulls = run.array != nullptr && run.array->null_count != 0 &&
                           run.array->n_buffers > 0 && run.array->buffers[0] != nullptr;
    if (!has_nulls) {
      use(run);
      continue;
    }
    const void* const bits = run.array->buffers[0];
    const std::int64_t end = run.begin + run.count;
    for (std::int64_t at = run.begin; at < end;) {
      const std::int64_t null = next_bit(bits, at, end, false);
      if (null > at) use(Run{run.array, at, null - at});
      at = next_bit(bits, null, end, true);
      if (at > null) use(Run{nullptr, 0, at - null});
    }
  }
}

/// A level's elements, counted.
struct Census {
  std::int64_t present = 0;  ///< Elements that are not null.
  std::int64_t missing = 0;
  Run only{};  ///< All elements, if none is null and they lie one behind the other; else no count.
};
[[nodiscard]] Census census_of(const Runs& runs);

}  // namespace seqfeat::detail
