// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

namespace seqfeat::bench {

/// What nvidia-smi says about clocks, power and temperature now, or why it says nothing. Settings
/// are only read.
[[nodiscard]] nlohmann::ordered_json read_clocks();

}  // namespace seqfeat::bench
