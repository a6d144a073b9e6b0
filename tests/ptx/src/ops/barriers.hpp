// SPDX-License-Identifier: Apache-2.0
// The barrier of a block.
#pragma once

#include <span>

#include "machine/warp.hpp"

namespace ptx {

/// The lanes of one warp that wait at a barrier.
struct Arrival {
  Warp* warp = nullptr;
  Party party;
};

/// Gives all threads what bar.red computes of their predicates. Threads that wait at different
/// kinds of barriers are a fault.
void cross(std::span<const Arrival> arrivals);

}  // namespace ptx
