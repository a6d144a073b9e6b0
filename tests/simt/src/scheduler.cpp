// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine.hpp"
#include "sanitizers.hpp"

uint3 threadIdx{};
uint3 blockIdx{};
dim3 blockDim;
dim3 gridDim;

namespace simt {

Engine engine;

namespace {

/// Asked for here, beside the engine: a file of its own would be left out of the programs that
/// never mention the order of threads, and they would all run in one order.
[[maybe_unused]] const bool order_taken = take_order_from_environment();

void make_current(Lane* lane) {
  lane->state = Lane::State::running;
  engine.current = lane;
  threadIdx = lane->index;
}

/// Continues `next` (the host where there is none) in place of `from`.
void continue_with(Lane* next, Context& from) {
  ++counts.switches;
  if (!next) {
    engine.current = nullptr;
    switch_context(from, engine.host);
    return;
  }
  if (!next->fiber) next->fiber = take_fiber(next->rank);
  make_current(next);
  switch_context(from, next->fiber->context);
}

void finish_lane(Lane& lane) {
  tsan_release(edge_out(lane));
  tsan_release(&engine.end_edge);
  lane.state = Lane::State::exited;
  lane.copies = {};  // nobody can wait for them any more
  --engine.live;
  lane.warp->exited |= 1u << lane.lane_id;
  complete_for_exited(lane);
}

void set_up_lanes(dim3 block) {
  engine.threads = static_cast<int>(block.x * block.y * block.z);
  uint3 index{0, 0, 0};
  for (int i = 0; i < engine.threads; ++i) {
    Lane& lane = engine.lanes[i];
    lane = Lane{};
    lane.rank = i;
    lane.lane_id = i % kWarpLanes;
    lane.index = index;
    lane.warp = &engine.warps[i / kWarpLanes];
    if (++index.x == block.x) index.x = 0, ++index.y;
    if (index.y == block.y) index.y = 0, ++index.z;
  }
}

void set_up_warps() {
  for (int first = 0; first < engine.threads; first += kWarpLanes) {
    Warp& warp = engine.warps[first / kWarpLanes];
    const int lanes = std::min(kWarpLanes, engine.threads - first);
    warp.lanes = &engine.lanes[first];
    warp.existing = static_cast<std::uint32_t>((1ull << lanes) - 1);
    warp.waiting = warp.exited = 0;
  }
}

void record_deadlock() {
  int at_barrier = 0, at_collective = 0;
  const Lane* waiting = nullptr;
  for (int i = 0; i < engine.threads; ++i) {
    const Lane& lane = engine.lanes[i];
    at_barrier += lane.state == Lane::State::in_barrier;
    at_collective += lane.state == Lane::State::in_collective;
    if (lane.state == Lane::State::in_collective && !waiting) waiting = &lane;
  }
  const CallSite& barrier = engine.barrier.site;
  const CallSite& collective = waiting ? waiting->site : barrier;
  record_failure(
      "deadlock: %d threads wait at a block barrier (%s:%d), %d at a warp collective (%s, %s:%d); "
      "%d of %d threads are live",
      at_barrier, at_barrier ? barrier.file : "none", at_barrier ? barrier.line : 0, at_collective,
      waiting ? collective.what : "none", waiting ? collective.file : "none",
      waiting ? collective.line : 0, engine.live, engine.threads);
}

/// Orders what abandoned lanes did before what the host does next; nothing else waits for them.
void collect_abandoned() {
  for (int i = 0; i < engine.threads; ++i) {
    const Lane& lane = engine.lanes[i];
    if (!lane.fiber) continue;
    tsan_switch(lane.fiber->context.tsan);
    tsan_release(edge_out(lane));
    tsan_release(&engine.end_edge);
  }
  tsan_switch(engine.host.tsan);
}

void run_block() {
  engine.ready.clear();
  engine.barrier = {};
  engine.live = engine.threads;
  set_up_warps();
  for (int i = 0; i < engine.threads; ++i) engine.ready.push(&engine.lanes[i]);
  continue_with(engine.ready.pop(), engine.host);
  if (!engine.failed && engine.live) record_deadlock();
  if (engine.failed) collect_abandoned();
}

}  // namespace

void fiber_main() {
  finish_first_switch();
  for (;;) {
    Lane& lane = *engine.current;
    tsan_acquire(&engine.launch_edge);
    engine.work->run(engine.work->arguments);
    finish_lane(lane);
    Fiber* fiber = lane.fiber;
    lane.fiber = nullptr;
    Lane* next = engine.ready.pop();
    if (next && !next->fiber && !kFiberPerLane) {
      // A thread that has not begun needs no stack of its own yet: a kernel without collectives
      // runs a whole block on one stack, as a loop.
      next->fiber = fiber;
      make_current(next);
    } else {
      give_back_fiber(fiber);
      continue_with(next, fiber->context);
    }
  }
}

void park() {
  Lane& lane = *engine.current;
  Lane* next = engine.ready.pop();
  if (next == &lane) {
    make_current(next);
  } else {
    continue_with(next, lane.fiber->context);
  }
}

void yield_to_others() {
  engine.ready.push(engine.current);
  park();
}

void preempt() {
  if (engine.current && engine.ready.order() == Order::random && engine.ready.one_in_four()) {
    yield_to_others();
  }
}

void abandon_kernel() {
  continue_with(nullptr, engine.current->fiber->context);
  __builtin_unreachable();  // nobody ever continues an abandoned lane
}

bool run_grid(const GridWork& work) {
  engine.work = &work;
  engine.failed = false;
  engine.dependency_awaited = false;
  engine.host.tsan = tsan_current();
  ++counts.launches;
  blockDim = work.block;
  gridDim = work.grid;
  set_up_lanes(work.block);
  const std::uint64_t blocks = static_cast<std::uint64_t>(work.grid.x) * work.grid.y * work.grid.z;
  prepare_fibers(engine.threads, blocks > 1);
  tsan_release(&engine.launch_edge);
  for (std::uint64_t i = 0; i < blocks && !engine.failed; ++i) {
    const std::uint64_t b = engine.ready.order() == Order::descending ? blocks - 1 - i : i;
    blockIdx.x = static_cast<unsigned>(b % work.grid.x);
    blockIdx.y = static_cast<unsigned>(b / work.grid.x % work.grid.y);
    blockIdx.z = static_cast<unsigned>(b / work.grid.x / work.grid.y);
    ++counts.blocks;
    begin_block_memory(work.dynamic_shared_bytes, engine.threads);
    run_block();
    end_block_memory(engine.threads);
    alternate_fibers();
  }
  tsan_acquire(&engine.end_edge);
  engine.work = nullptr;
  if (engine.failed) {
    discard_fibers();
  } else if (work.is_programmatic_dependent && !engine.dependency_awaited) {
    ++counts.unsynchronized_dependents;
  }
  return !engine.failed;
}

void grid_dependency_synchronize() {
  engine.dependency_awaited = true;
}

int lane_id() {
  return engine.current->lane_id;
}
int thread_rank() {
  return engine.current->rank;
}

}  // namespace simt
