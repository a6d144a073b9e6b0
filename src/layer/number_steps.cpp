// SPDX-License-Identifier: Apache-2.0
#include "layer/number_steps.hpp"

#include "seqfeat/pad.hpp"

namespace seqfeat::detail {
namespace {

bool is_flat(const RaggedView& view, std::int64_t row) noexcept {
  if (view.step_offsets.absent()) return view.values_per_step == 1;
  for (std::int64_t s = view.row_offsets[row]; s < view.row_offsets[row + 1]; ++s) {
    if (view.step_offsets[s + 1] - view.step_offsets[s] != 1) return false;
  }
  return true;
}

}  // namespace

std::int64_t length_in_numbers(const RaggedView& view, std::int64_t numbers,
                               std::int64_t row) noexcept {
  const std::int64_t steps = steps_of_row(view, row).count;
  if (!may_be_flat(view, numbers) || !is_flat(view, row)) return steps;
  return steps / numbers + (steps % numbers != 0 ? 1 : 0);
}

RaggedView steps_of_numbers(const RaggedView& view, std::int64_t numbers,
                            std::vector<std::int64_t>& rows, std::vector<std::int64_t>& steps) {
  rows.assign(1, 0);
  steps.clear();
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    const std::int64_t stride = is_flat(view, row) ? numbers : 1;
    const std::int64_t end = view.row_offsets[row + 1];
    for (std::int64_t s = view.row_offsets[row]; s < end; s += stride) {
      steps.push_back(view.first_value(s));
    }
    rows.push_back(static_cast<std::int64_t>(steps.size()));
  }
  steps.push_back(view.value_count);
  RaggedView out = view;
  out.row_offsets = offsets_of(rows);
  out.step_offsets = offsets_of(steps);
  return out;
}

}  // namespace seqfeat::detail
