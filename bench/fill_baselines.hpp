// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "bench/workload.hpp"

namespace seqfeat::bench {

/// Zeroing `bytes` bytes by our kernel and by the runtime, in memory of their own.
[[nodiscard]] std::vector<Baseline> fills(Context& context, std::int64_t bytes);

}  // namespace seqfeat::bench
