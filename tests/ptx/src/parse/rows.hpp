// SPDX-License-Identifier: Apache-2.0
// Gives registers that are never alive at the same time the same row of the register file.
#pragma once

#include "machine/program.hpp"

namespace ptx {

/// nvcc gives every value a register of its own, thousands of them a kernel. Shared rows keep the
/// file of a warp in the cache. A lane only ever reads and writes its own part of a row, so lanes
/// that have diverged do not disturb each other.
void share_rows(Program& program);

}  // namespace ptx
