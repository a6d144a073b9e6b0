// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fiber.hpp"
#include "runtime/machine.hpp"
#include "simt/async_copy.hpp"
#include "simt/collective.hpp"
#include "simt/vector_types.hpp"

namespace simt {

struct Warp;

/// A thread's copies that have not taken place yet, the oldest first.
struct AsyncCopies {
  struct Pending {
    AsyncCopy copy;
    std::size_t group;
  };
  std::vector<Pending> pending;
  std::size_t groups = 0;  // that were committed
};

/// One CUDA thread of the running block.
struct Lane {
  enum class State : std::uint8_t { ready, running, in_collective, in_barrier, exited };

  int rank = 0;     // linear index in the block
  int lane_id = 0;  // index in the warp
  uint3 index{};    // threadIdx
  Warp* warp = nullptr;

  State state = State::ready;
  Fiber* fiber = nullptr;  // null until the lane first runs

  // The pending collective.
  std::uint32_t mask = 0;
  CollectiveBody body = nullptr;
  CallSite site{};

  AsyncCopies copies;
};

struct Warp {
  Exchange exchanges[kWarpLanes];
  Lane* lanes = nullptr;
  std::uint32_t existing = 0;
  std::uint32_t waiting = 0;  // lanes in a collective
  std::uint32_t exited = 0;

  std::uint32_t live(std::uint32_t mask) const { return mask & existing & ~exited; }
};

}  // namespace simt
