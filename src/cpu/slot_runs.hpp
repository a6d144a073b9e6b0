// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "backend/ops.hpp"

namespace seqfeat::cpu {

/// Slots [begin, end) of the output, counted over all rows, as runs of steps and of padding.
///
/// The features of a batch on the host are exact (see fill_arena): the kept steps of all rows stand
/// side by side, and a step has the same number in every feature; any of them tells the runs.
class SlotRuns {
 public:
  SlotRuns(const detail::BatchFeature& feature, PadRule rule, std::int64_t row_slots,
           std::int64_t begin, std::int64_t end)
      : feature_(feature),
        rule_(rule),
        row_slots_(row_slots),
        begin_(begin),
        end_(end),
        first_row_(begin / row_slots),
        last_row_((end - 1) / row_slots),
        first_step_(row_at(first_row_).step) {
    const Row last = row_at(last_row_);
    end_step_ = last.step + (last.last - last.first);
  }

  /// The steps that stand in these slots: [first_step, end_step).
  [[nodiscard]] std::int64_t first_step() const noexcept { return first_step_; }
  [[nodiscard]] std::int64_t end_step() const noexcept { return end_step_; }

  /// Calls `steps(first step, count)` and `padding(count)` for the runs of slots, in order and each
  /// as long as can be: rows without padding between them are one run.
  template <class Steps, class Padding>
  void for_each(const Steps& steps, const Padding& padding) const {
    std::int64_t step = first_step_;
    std::int64_t open = 0;  // slots of the open run: steps if positive, else padding
    const auto close = [&] {
      if (open > 0) {
        steps(step, open);
        step += open;
      } else if (open < 0) {
        padding(-open);
      }
      open = 0;
    };
    for (std::int64_t index = first_row_; index <= last_row_; ++index) {
      const Row row = row_at(index);
      for (const std::int64_t slots :
           {row.from - row.first, row.last - row.first, row.last - row.to}) {
        if ((slots > 0 && open < 0) || (slots < 0 && open > 0)) close();
        open += slots;
      }
    }
    close();
  }

 private:
  /// Slots [from, to) of a row, of which [first, last) hold steps, `step` the first of them. Where
  /// none does, `step` is the one that comes next.
  struct Row {
    std::int64_t from, to, first, last, step;
  };

  [[nodiscard]] Row row_at(std::int64_t index) const noexcept {
    const std::int64_t from = std::max(begin_ - index * row_slots_, std::int64_t{0});
    const std::int64_t to = std::min(end_ - index * row_slots_, row_slots_);
    const StepRange kept = kept_steps(feature_, rule_, index);
    const std::int64_t start = rule_.slot_of_step(kept.count, 0, row_slots_);
    const std::int64_t first = std::clamp(start, from, to);
    const std::int64_t last = std::clamp(start + kept.count, first, to);
    const std::int64_t before = std::clamp<std::int64_t>(first - start, 0, kept.count);
    return {from, to, first, last, kept.begin + before};
  }

  const detail::BatchFeature& feature_;
  PadRule rule_;
  std::int64_t row_slots_;
  std::int64_t begin_;
  std::int64_t end_;
  std::int64_t first_row_;
  std::int64_t last_row_;
  std::int64_t first_step_;
  std::int64_t end_step_;
};

}  // namespace seqfeat::cpu
