// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/pack.hpp"

namespace seqfeat::detail {

/// Adds value `i` of `values` to the open step of `batch`, which has the same type.
void append_value(Ragged& batch, const ValuesView& values, std::int64_t i);

}  // namespace seqfeat::detail
