// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/detail/hd.hpp"
#include "seqfeat/dtype.hpp"
#include "seqfeat/pad.hpp"
#include "seqfeat/ragged.hpp"

// What a numeric column writes.

namespace seqfeat {

/// Number `d` of a step of `values`: the value itself, or what completes the step. Padding is a
/// step without values.
[[nodiscard]] SEQFEAT_HD inline float number_of_step(const RaggedView& view, StepRange values,
                                                     std::int64_t d, float otherwise) noexcept {
  return d < values.count ? float_at(view.data, view.dtype, values.begin + d) : otherwise;
}

}  // namespace seqfeat
