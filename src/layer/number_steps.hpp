// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "seqfeat/ragged.hpp"

// Steps of rows that come as flat numbers. A row is flat if each of its steps has one number, so
// that it means the same whatever other rows stand beside it.

namespace seqfeat::detail {

/// True if rows of the view may be flat, and `numbers` of their values make a step. 0: a feature of
/// tokens.
[[nodiscard]] inline bool may_be_flat(const RaggedView& view, std::int64_t numbers) noexcept {
  return numbers > 1 && (!view.step_offsets.absent() || view.values_per_step == 1);
}

/// The steps of a row once flat numbers are in steps, without empty ones at its end. The view is on
/// the host, and its offsets are sound.
[[nodiscard]] std::int64_t length_in_numbers(const RaggedView& view, std::int64_t numbers,
                                             std::int64_t row) noexcept;

/// The same values, those of flat rows in steps of `numbers` > 1, of which the last one has what is
/// left. The view is on the host, and its offsets are sound.
///
/// Memory   The offsets stand in `rows` and `steps`, which keep their memory from call to call.
[[nodiscard]] RaggedView steps_of_numbers(const RaggedView& view, std::int64_t numbers,
                                          std::vector<std::int64_t>& rows,
                                          std::vector<std::int64_t>& steps);

}  // namespace seqfeat::detail
