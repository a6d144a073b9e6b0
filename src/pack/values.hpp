// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "seqfeat/pack.hpp"

namespace seqfeat::detail {

/// `values` as a feature of one row, one value a step; `row` must be {0, count} and outlive it.
[[nodiscard]] RaggedView view_of(const ValuesView& values, const std::array<std::int64_t, 2>& row);

/// Adds value `i` of `values` to the open step of `batch`, which has the same type.
void append_value(Ragged& batch, const ValuesView& values, std::int64_t i);

}  // namespace seqfeat::detail
