// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/cpu/inputs.hpp"

// What the workloads that end in a layer share.

namespace seqfeat::bench {

/// Adds to `job` the tokens of a pass over `batches`, the bytes of table rows read and of outputs
/// written, and the baselines that move as much: memcpy, and a fill of the outputs alone.
void add_layer_limits(CpuJob& job, const CpuContext& context, const LayerRunner& runner,
                      const std::vector<Features>& batches);

/// What is in the runner's outputs, of `batch` with its tokens under `key`, held against a plain
/// loop: "" or the first difference.
[[nodiscard]] std::string difference_of(const LayerRunner& runner, const Features& batch,
                                        const std::string& key);

}  // namespace seqfeat::bench
