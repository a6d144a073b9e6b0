// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "tests/golden/golden_case.hpp"

// Wrong bits for the runner's own test.

namespace seqfeat::golden {

/// Changes one bit, digit or word in what the case expects; false where there is nothing to change
/// that a runner must notice.
[[nodiscard]] bool plant_fault(Json& json, const Json& tensors, std::mt19937_64& random);

/// Changes a bit in what the case's first RNN should put out, by more than the tolerance; false
/// where there is none.
[[nodiscard]] bool plant_rnn_fault(Json& json);

}  // namespace seqfeat::golden
