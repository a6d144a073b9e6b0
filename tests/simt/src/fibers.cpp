// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"
#include "sanitizers.hpp"

// Who owns the stacks. Lanes borrow any free one; under TSan each lane has its own, in two sets
// that blocks use in turn: were lane 0 of every block one fiber, its accesses would look ordered
// from block to block, and a race between two blocks' lanes 0 would go unseen.

namespace simt {
namespace {

constexpr int kSets = kFiberPerLane ? 2 : 1;

std::vector<std::unique_ptr<Fiber>> owned;
std::vector<Fiber*> unused;
Fiber* of_lane[kSets][kMaxThreads] = {};
int set = 0;

Fiber* make_fiber() {
  owned.push_back(std::make_unique<Fiber>(fiber_main));
  return owned.back().get();
}

}  // namespace

Fiber* take_fiber(int rank) {
  if constexpr (kFiberPerLane) {
    Fiber*& fiber = of_lane[set][rank];
    if (!fiber) fiber = make_fiber();
    return fiber;
  }
  if (unused.empty()) return make_fiber();
  Fiber* fiber = unused.back();
  unused.pop_back();
  return fiber;
}

void give_back_fiber(Fiber* fiber) {
  if constexpr (!kFiberPerLane) unused.push_back(fiber);
}

void alternate_fibers() { set = (set + 1) % kSets; }

void discard_fibers() {
  owned.clear();
  unused.clear();
  for (auto& fibers : of_lane) {
    for (Fiber*& fiber : fibers) fiber = nullptr;
  }
}

}  // namespace simt
