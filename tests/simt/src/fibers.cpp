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

void prepare_fibers(int threads, bool several_blocks) {
  // On the host's side, since TSan watches the heap: a lane that grew our list would race with the
  // lane that grew it before.
  if constexpr (kFiberPerLane) {
    for (int s = 0; s < kSets; ++s) {
      if (s != set && !several_blocks) continue;
      for (int rank = 0; rank < threads; ++rank) {
        if (!of_lane[s][rank]) of_lane[s][rank] = make_fiber();
      }
    }
  }
}

Fiber* take_fiber([[maybe_unused]] int rank) {
  if constexpr (kFiberPerLane) return of_lane[set][rank];
  if (unused.empty()) return make_fiber();
  Fiber* fiber = unused.back();
  unused.pop_back();
  return fiber;
}

void give_back_fiber(Fiber* fiber) {
  if constexpr (!kFiberPerLane) unused.push_back(fiber);
}

void alternate_fibers() {
  set = (set + 1) % kSets;
}

void discard_fibers() {
  owned.clear();
  unused.clear();
  for (auto& fibers : of_lane) {
    for (Fiber*& fiber : fibers) fiber = nullptr;
  }
}

}  // namespace simt
