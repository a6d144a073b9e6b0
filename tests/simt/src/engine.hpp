// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lane.hpp"
#include "ready_queue.hpp"
#include "runtime/machine.hpp"
#include "simt/builtins.hpp"
#include "simt/control.hpp"
#include "simt/errors.hpp"
#include "simt/synchronization.hpp"

// The engine's state. One kernel runs at a time (the runtime's lock sees to it), one block at a
// time, one lane at a time; so this is one plain object.

namespace simt {

/// The barrier at which the running block's threads gather.
struct BlockBarrier {
  int arrived = 0;
  int accumulated = 0;
  int result = 0;
  BarrierKind kind = BarrierKind::plain;
  CallSite site{};
};

struct Engine {
  Lane* current = nullptr;  // the running lane; null on the host's stack
  Lane lanes[kMaxThreads];
  Warp warps[kMaxThreads / kWarpLanes];
  int threads = 0;  // of the running block
  int live = 0;     // threads that have not exited
  ReadyQueue ready;
  BlockBarrier barrier;
  Context host;
  const GridWork* work = nullptr;
  bool dependency_awaited = false;  // cudaGridDependencySynchronize() was called in this grid
  bool failed = false;
  cudaError failure_code = cudaSuccess;
  std::string failure;
  // Addresses that stand for happens-before edges.
  char launch_edge = 0, fence_edge = 0, end_edge = 0;
};

extern Engine engine;

// control.cpp
/// Takes the order of threads from SIMT_ORDER=asc|desc|rand[:seed], before any kernel can run.
bool take_order_from_environment();

// scheduler.cpp
/// Runs a grid to its end; false when it failed (see Engine::failure).
bool run_grid(const GridWork& work);
/// Parks the running lane, whose state says why, until it is ready again.
void park();
/// Leaves the kernel for good: the host continues in run_grid.
[[noreturn]] void abandon_kernel();

// fibers.cpp
/// Makes what a block of so many threads will need.
void prepare_fibers(int threads, bool several_blocks);
Fiber* take_fiber(int rank);
void give_back_fiber(Fiber* fiber);
/// Forgets all fibers, whatever they were in the middle of.
void discard_fibers();
/// Says that another block begins, so that TSan can tell its lanes from the last block's.
void alternate_fibers();
void fiber_main();

// collectives.cpp, barrier.cpp
/// Carries out `warp`'s collective over `mask` if every live lane of it has come.
bool try_collective(Warp& warp, std::uint32_t mask);
bool try_barrier();
/// Completes what waited for the lane that has just exited.
void complete_for_exited(Lane& exited);

// block_memory.cpp
void begin_block_memory(std::size_t dynamic_shared_bytes, int threads);
void end_block_memory(int threads);
/// Edges from a lane to the last arriver, and back.
void* edge_out(const Lane& lane);
void* edge_in(const Lane& lane);

// fault.cpp
/// Notes why the grid failed; aborts in place where no test has asked to be told.
void record_failure(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace simt
