// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "seqfeat/layer.hpp"
#include "tests/golden/golden_case.hpp"

namespace seqfeat::golden {

/// Runs the layer with the case's tables and its `T`: a T above 0 is a fixed width, since a batch
/// may be wider than its longest row. The ragged form, which TensorFlow's layer does not have, is
/// held against the padded one.
[[nodiscard]] Batch run_layer(const Case& c, std::vector<Column> columns, const Features& features,
                              const Backend& backend);

/// Compares lengths, mask, ids and values with what the case expects.
void same_batch(const Case& c, const Batch& got);

}  // namespace seqfeat::golden
