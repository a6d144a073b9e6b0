// SPDX-License-Identifier: Apache-2.0
#include "arrow/runs.hpp"

#include <bit>
#include <cstring>

#include "backend/concat.hpp"
#include "backend/sizes.hpp"

namespace seqfeat::detail {

void append(Runs& runs, const Run& run) {
  if (run.count == 0) return;
  if (!runs.empty()) {
    Run& last = runs.back();
    if (last.array == run.array && (run.array == nullptr || last.begin + last.count == run.begin)) {
      last.count += run.count;
      return;
    }
  }
  runs.push_back(run);
}

std::int64_t count_of(const Runs& runs, const Place& place) {
  std::int64_t count = 0;
  for (const Run& run : runs) {
    if (run.count > kMostValues - count) place.require_memory(-1);
    count += run.count;
  }
  return count;
}

void check_sizes(const ArrowArray* array, const Place& place) {
  if (array == nullptr) place.refuse("a child array is a null pointer");
  if (array->release == nullptr) place.refuse("an array was released or moved away");
  if (array->length < 0 || array->offset < 0 || array->length > kMostValues - array->offset) {
    place.refuse(concat("an array has length ", array->length, " and offset ", array->offset,
                        ", expected numbers of 0 or more with a sum of at most ", kMostValues));
  }
}

void check(const ArrowArray* array, const Shape& shape, const Place& place) {
  check_sizes(array, place);
  const auto count = [&](const char* what, std::int64_t got, std::int64_t expected, bool or_more) {
    if (got == expected || (or_more && got > expected)) return;
    place.refuse(concat("an array has ", got, " ", what, ", expected ", expected,
                        or_more ? " or more" : ""));
  };
  count("buffers", array->n_buffers, shape.buffers, shape.more_buffers);
  count("children", array->n_children, shape.children, false);
  if (array->n_buffers > 0 && array->buffers == nullptr) {
    place.refuse("an array's buffers are a null pointer");
  }
  if (array->n_children > 0 && array->children == nullptr) {
    place.refuse("an array's children are a null pointer");
  }
  if (shape.dictionary != (array->dictionary != nullptr)) {
    place.refuse(shape.dictionary ? "a dictionary-encoded array has no dictionary"
                                  : "an array has a dictionary, and its schema has none");
  }
  if (array->null_count < -1 || array->null_count > array->length) {
    place.refuse(
        concat("an array has null_count ", array->null_count, ", expected -1 to ", array->length));
  }
  if (shape.nullable && array->null_count > 0 && array->buffers[0] == nullptr) {
    place.refuse(concat("an array has ", array->null_count, " nulls, and no validity bitmap"));
  }
}

const void* buffer(const ArrowArray& array, std::int64_t i, std::int64_t count,
                   const Place& place) {
  const void* const data = array.buffers[i];
  if (data == nullptr && count > 0) {
    place.refuse(concat("an array's buffer ", i, " is a null pointer, expected ", count,
                        " elements or more"));
  }
  return data;
}

std::int64_t next_bit(const void* bits, std::int64_t begin, std::int64_t end,
                      bool wanted) noexcept {
  constexpr std::int64_t kWord = 64;
  const auto* const bytes = static_cast<const unsigned char*>(bits);
  while (begin < end) {
    const std::int64_t byte = begin / 8;
    const int shift = static_cast<int>(begin % 8);
    if (end - 8 * byte >= kWord) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + byte, sizeof word);
      word = (wanted ? word : ~word) >> shift;
      if (word != 0) return begin + std::countr_zero(word);
      begin += kWord - shift;
    } else {
      if (((bytes[byte] >> shift & 1) != 0) == wanted) return begin;
      ++begin;
    }
  }
  return end;
}

Census census_of(const Runs& runs) {
  Census census;
  bool first = true;
  each_stretch(runs, [&](const Run& run) {
    (run.array != nullptr ? census.present : census.missing) += run.count;
    census.only = first && run.array != nullptr ? run : Run{};
    first = false;
  });
  return census;
}

}  // namespace seqfeat::detail
