// SPDX-License-Identifier: Apache-2.0
#include "layer/crossed_steps.hpp"

#include <algorithm>
#include <optional>

#include "backend/concat.hpp"
#include "backend/ops.hpp"
#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

/// `sizes(k)` is how many values operand k has in step `step` of row `row`.
template <class Sizes>
[[noreturn]] void refuse_step(const Operands& operands, std::int64_t row, std::int64_t step,
                              const Sizes& sizes) {
  std::string keys;
  for (std::size_t k = 0; k < operands.views.size(); ++k) {
    keys += concat(k == 0 ? "'" : ", '", *operands.keys[k], "' has ", sizes(k));
  }
  throw DataError({.row = row, .column = *operands.keys[0]},
                  concat("step ", step, " crosses too many values: ", keys, "; expected at most ",
                         kMostValues, " crossed values in a batch; give the step fewer"));
}

/// Refuses rows whose steps differ between operands.
void check_steps(const Operands& operands, std::int64_t row) {
  const RaggedView& first = *operands.views[0];
  for (std::size_t k = 1; k < operands.views.size(); ++k) {
    const RaggedView& view = *operands.views[k];
    if (same_steps(first, view, row)) continue;
    throw DataError({.row = row, .column = *operands.keys[k]},
                    concat("crossed features differ in steps: '", *operands.keys[k], "' has ",
                           steps_of_row(view, row).count, ", expected ",
                           steps_of_row(first, row).count, " as '", *operands.keys[0],
                           "' has; give both a value or an empty step in every step"));
  }
}

/// The number of values of step `step` of the row that is looked at, if it is not too large.
std::optional<std::int64_t> crossed_values(const Operands& operands, std::int64_t step) {
  std::int64_t count = 1;
  bool fits = true;
  for (std::size_t k = 0; k < operands.views.size(); ++k) {
    const std::int64_t here = values_of_step(*operands.views[k], operands.firsts[k] + step).count;
    if (here == 0) return 0;  // whatever the others have
    fits = fits && !__builtin_mul_overflow(count, here, &count);
  }
  return fits && count <= kMostValues ? std::optional(count) : std::nullopt;
}

/// Calls `use(values)` for the steps of a row, up to the last one in which every operand may have
/// values. Refuses a step of too many, and one for which it returns false. Returns their number.
template <class Use>
std::int64_t for_each_step(Operands& operands, std::int64_t row, const Use& use) {
  check_steps(operands, row);
  operands.firsts.clear();
  std::int64_t length = steps_of_row(*operands.views[0], row).count;
  for (const RaggedView* view : operands.views) {
    const StepRange steps = steps_of_row(*view, row);
    operands.firsts.push_back(steps.begin);
    length = std::min(length, steps.count);
  }
  for (std::int64_t step = 0; step < length; ++step) {
    const auto values = crossed_values(operands, step);
    if (values && use(*values)) continue;
    refuse_step(operands, row, step, [&](std::size_t k) {
      return values_of_step(*operands.views[k], operands.firsts[k] + step).count;
    });
  }
  return length;
}

/// The steps of uniform operands: those of the first one, with more values each.
RaggedView uniform_steps(const Operands& operands) {
  const RaggedView& first = *operands.views[0];
  RaggedView cross;
  cross.row_offsets = first.row_offsets;
  cross.location = first.location;
  cross.trusted = first.trusted;
  cross.dtype = DType::int64;
  if (first.location == Location::host) {
    for (std::int64_t row = 0; row < first.rows(); ++row) check_steps(operands, row);
  }
  const std::int64_t steps = first.steps();
  if (steps == 0) return cross;
  std::int64_t each = 1;
  bool fits = true;
  for (const RaggedView* view : operands.views) {
    fits = fits && !__builtin_mul_overflow(each, view->values_per_step, &each);
  }
  fits = fits && !__builtin_mul_overflow(each, steps, &cross.value_count);
  if (!fits || cross.value_count > kMostValues) {
    refuse_step(operands, 0, 0, [&](std::size_t k) { return operands.views[k]->values_per_step; });
  }
  cross.values_per_step = each;
  return cross;
}

}  // namespace

std::string cross_key(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  std::string joined;
  for (const std::string& key : keys) joined += '\xff' + key;
  return joined;
}

bool Operands::uniform() const noexcept {
  return std::all_of(views.begin(), views.end(),
                     [](const RaggedView* view) { return view->step_offsets.absent(); });
}

RaggedView steps_of_cross(Operands& operands, std::vector<std::int64_t>& rows,
                          std::vector<std::int64_t>& steps) {
  if (operands.uniform()) return uniform_steps(operands);
  const std::int64_t count = operands.views[0]->rows();
  rows.assign(1, 0);
  steps.assign(1, 0);
  std::int64_t total = 0;
  for (std::int64_t row = 0; row < count; ++row) {
    const std::int64_t length = for_each_step(operands, row, [&](std::int64_t values) {
      total += values;  // two numbers up to kMostValues have a sum
      steps.push_back(total);
      return total <= kMostValues;
    });
    rows.push_back(rows.back() + length);
  }
  RaggedView cross;
  cross.row_offsets = offsets_of(rows);
  cross.step_offsets = offsets_of(steps);
  cross.value_count = total;
  cross.dtype = DType::int64;
  cross.trusted = true;
  return cross;
}

std::int64_t length_of_cross(Operands& operands, std::int64_t row) {
  std::int64_t step = 0;
  std::int64_t length = 0;
  for_each_step(operands, row, [&](std::int64_t values) {
    ++step;
    if (values > 0) length = step;
    return true;
  });
  return length;
}

}  // namespace seqfeat::detail
