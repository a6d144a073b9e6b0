// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bench/result.hpp"

namespace seqfeat::bench {

/// A report of the CPU's benchmark for a terminal: a line a result and a line for each thing more
/// that it is held against, then how time grows with sizes, then what failed.
[[nodiscard]] std::string to_table(const Report& report);

}  // namespace seqfeat::bench
