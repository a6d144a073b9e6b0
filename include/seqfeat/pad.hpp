// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "seqfeat/detail/halving.hpp"
#include "seqfeat/detail/hd.hpp"
#include "seqfeat/layer_options.hpp"
#include "seqfeat/modulo.hpp"
#include "seqfeat/ragged.hpp"

// Rows of any length become a rectangle of T slots: which step stands in which slot.

namespace seqfeat {

/// A run of steps, counted over the whole batch.
struct StepRange {
  std::int64_t begin = 0;
  std::int64_t count = 0;

  [[nodiscard]] SEQFEAT_HD constexpr bool contains(std::int64_t step) const noexcept {
    return step >= begin && step < begin + count;
  }
};

/// The layer's options as kernels read them. This is the whole definition of padding: every backend
/// calls it and decides nothing itself.
struct PadRule {
  static constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

  std::int64_t max_length = kNoLimit;
  bool keep_last = false;  ///< Else rows that are too long keep their first steps.
  bool left = false;       ///< Padding stands on the left.

  [[nodiscard]] static PadRule of(const LayerOptions& options) noexcept {
    return {options.max_length.value_or(kNoLimit), options.truncation == Truncation::keep_last,
            options.padding_side == PaddingSide::left};
  }

  /// What is kept of a row of `length` steps that begins at step `begin`.
  [[nodiscard]] SEQFEAT_HD constexpr StepRange kept(std::int64_t begin,
                                                    std::int64_t length) const noexcept {
    if (length <= max_length) return {begin, length};
    return {keep_last ? begin + (length - max_length) : begin, max_length};
  }

  /// Which of a row's `kept` steps stands in slot `t` of `slots`; -1 for padding. Where it is not
  /// -1 the mask is true.
  [[nodiscard]] SEQFEAT_HD constexpr std::int64_t step_in_slot(std::int64_t kept, std::int64_t t,
                                                               std::int64_t slots) const noexcept {
    const std::int64_t step = left ? t - (slots - kept) : t;
    return step >= 0 && step < kept ? step : -1;
  }

  /// The slot in which a row's step `step` of `kept` stands.
  [[nodiscard]] SEQFEAT_HD constexpr std::int64_t slot_of_step(std::int64_t kept, std::int64_t step,
                                                               std::int64_t slots) const noexcept {
    return left ? step + (slots - kept) : step;
  }
};

static_assert(PadRule{}.step_in_slot(2, 1, 3) == 1 && PadRule{}.step_in_slot(2, 2, 3) == -1);
static_assert(PadRule{.left = true}.step_in_slot(2, 0, 3) == -1);
static_assert(PadRule{.left = true}.step_in_slot(2, 2, 3) == 1);
static_assert(PadRule{.left = true}.slot_of_step(2, 1, 3) == 2);
static_assert(PadRule{}.slot_of_step(2, 1, 3) == 1);
static_assert(PadRule{.max_length = 3}.kept(10, 5).begin == 10);
static_assert(PadRule{.max_length = 3, .keep_last = true}.kept(10, 5).begin == 12);

/// An offset that cannot lead outside [0, limit], whatever somebody else's memory holds.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t clamp_offset(std::int64_t offset,
                                                             std::int64_t limit) noexcept {
  return offset < 0 ? 0 : offset > limit ? limit : offset;
}

/// A row's steps without the empty ones at its end: its length is 1 + the last step with a value.
[[nodiscard]] SEQFEAT_HD inline StepRange steps_of_row(const RaggedView& view,
                                                       std::int64_t row) noexcept {
  const std::int64_t steps = view.step_limit();
  const std::int64_t begin = clamp_offset(view.row_offsets[row], steps);
  std::int64_t end = clamp_offset(view.row_offsets[row + 1], steps);
  if (end < begin) end = begin;
  if (view.step_offsets.absent()) return {begin, view.values_per_step > 0 ? end - begin : 0};
  const std::int64_t last = view.step_offsets[end];
  // Only where the last step is empty: the first step that ends where the row's values end.
  if (end > begin && view.step_offsets[end - 1] == last) {
    end = detail::first_that_fails(
        begin, end, [&](std::int64_t step) { return view.step_offsets[step] != last; });
  }
  return {begin, end - begin};
}

/// The values [begin, begin + count) of step `step`.
[[nodiscard]] SEQFEAT_HD inline StepRange values_of_step(const RaggedView& view,
                                                         std::int64_t step) noexcept {
  const std::int64_t begin = clamp_offset(view.first_value(step), view.value_count);
  const std::int64_t end = clamp_offset(view.first_value(step + 1), view.value_count);
  return {begin, end > begin ? end - begin : 0};
}

/// The last of `count` elements whose offset is not above `at`. Offsets[0] is not.
[[nodiscard]] SEQFEAT_HD inline std::int64_t last_not_above(const Offsets& offsets,
                                                            std::int64_t count,
                                                            std::int64_t at) noexcept {
  return detail::last_that_holds(std::int64_t{0}, count - 1,
                                 [&](std::int64_t i) { return offsets[i] <= at; });
}

/// True if step `step` of [0, step_limit()) begins at value `i` or before it, found without a
/// division.
[[nodiscard]] SEQFEAT_HD inline bool begins_by(const RaggedView& view, std::int64_t step,
                                               std::int64_t i) noexcept {
  if (!view.step_offsets.absent()) return view.step_offsets[step] <= i;
  const auto a = static_cast<std::uint64_t>(step);
  const auto b = static_cast<std::uint64_t>(view.values_per_step);
  return multiply_high(a, b) == 0 && a * b <= static_cast<std::uint64_t>(i);
}

/// The step in which value `i` stands.
[[nodiscard]] SEQFEAT_HD inline std::int64_t step_of_value(const RaggedView& view,
                                                           std::int64_t i) noexcept {
  return detail::last_that_holds(std::int64_t{0}, view.step_limit() - 1,
                                 [&](std::int64_t step) { return begins_by(view, step, i); });
}

/// T of a batch whose longest kept row has `longest` steps.
///
/// Throws   InvalidArgument if rounding up to the multiple overflows.
[[nodiscard]] std::int64_t padded_steps(const LayerOptions& options, std::int64_t longest);

/// TensorFlow's `sequence_mask`: element j of row i is j < lengths[i].
///
/// Shapes   lengths [n] -> [n, maxlen]; without `maxlen` the longest length, at least 0.
/// Throws   InvalidArgument if `maxlen` is negative or the mask's size overflows.
[[nodiscard]] std::vector<std::uint8_t> sequence_mask(
    std::span<const std::int64_t> lengths, std::optional<std::int64_t> maxlen = std::nullopt);

}  // namespace seqfeat
