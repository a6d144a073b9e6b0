// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "arrow/place.hpp"
#include "arrow/runs.hpp"
#include "seqfeat/ragged.hpp"

// Offsets of lists and of strings: one rule for both.

namespace seqfeat::detail {

/// Number `i` of those at `data`, which need not be aligned.
template <class T>
[[nodiscard]] T load(const void* data, std::int64_t i) noexcept {
  T value;
  std::memcpy(&value, static_cast<const char*>(data) + i * std::int64_t{sizeof(T)}, sizeof value);
  return value;
}

[[nodiscard]] bool is_aligned(const void* data, std::int64_t size) noexcept;

/// Offsets of `count` elements: [count + 1], of 32 or 64 bits, not necessarily aligned.
struct RawOffsets {
  const void* data;
  bool wide;
  std::int64_t count;

  [[nodiscard]] std::int64_t operator[](std::int64_t i) const noexcept {
    return wide ? load<std::int64_t>(data, i) : std::int64_t{load<std::int32_t>(data, i)};
  }
  [[nodiscard]] std::int64_t first() const noexcept { return (*this)[0]; }
  [[nodiscard]] std::int64_t last() const noexcept { return (*this)[count]; }
  [[nodiscard]] bool is_aligned() const noexcept {
    return detail::is_aligned(data, wide ? sizeof(std::int64_t) : sizeof(std::int32_t));
  }
  /// As a view; aligned ones only.
  [[nodiscard]] Offsets view() const noexcept { return {data, count + 1, wide}; }
};

/// The offsets of a run that is not empty: buffer 1.
[[nodiscard]] RawOffsets raw_offsets(const Run& run, bool wide, const Place& place);

/// Checks that aligned offsets are in order, start at 0 or later and end at `most` at the latest.
/// `slot` is the level's element that they begin with.
///
/// Throws   DataError
void check_in_place(const RawOffsets& offsets, std::int64_t most, std::int64_t slot,
                    const Place& place);

/// Writes the ends of the elements behind `to[0]`: to[i + 1] = to[0] + offsets[i + 1] - offsets[0].
/// Checks as `check_in_place`.
void check_and_rebase(const RawOffsets& offsets, std::int64_t most, std::int64_t slot,
                      std::int64_t* to, const Place& place);

/// Writes `to[1 ... count] = to[0] + step, to[0] + 2 step, ...`.
void fill_steps(std::int64_t* to, std::int64_t count, std::int64_t step) noexcept;

}  // namespace seqfeat::detail
