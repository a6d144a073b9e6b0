// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstring>

#include "engine.hpp"
#include "sanitizers.hpp"

namespace simt {
namespace {

void check_same_barrier(const CallSite& first, const CallSite& other) {
  // CUDA wants one barrier, reached by all threads; two lines that happen to match up in number
  // work on some architectures and hang on others.
  if (first.line == other.line && std::strcmp(first.file, other.file) == 0) return;
  fail("divergent block barrier: some threads wait in %s (%s:%d), others in %s (%s:%d)", first.what,
       first.file, first.line, other.what, other.file, other.line);
}

void accumulate(BlockBarrier& barrier, bool predicate) {
  switch (barrier.kind) {
    case BarrierKind::plain:
      break;
    case BarrierKind::count:
      barrier.accumulated += predicate;
      break;
    case BarrierKind::all:
      barrier.accumulated &= predicate;
      break;
    case BarrierKind::any:
      barrier.accumulated |= predicate;
      break;
  }
}

}  // namespace

bool try_barrier() {
  BlockBarrier& barrier = engine.barrier;
  if (!engine.live || barrier.arrived != engine.live) return false;
  ++counts.barriers;
  barrier.result = barrier.accumulated;
  barrier.arrived = 0;
  for (int i = 0; i < engine.threads; ++i) tsan_acquire(edge_out(engine.lanes[i]));
  for (int i = 0; i < engine.threads; ++i) {
    Lane* lane = &engine.lanes[i];
    tsan_release(edge_in(*lane));
    if (lane->state == Lane::State::in_barrier && lane != engine.current) engine.ready.push(lane);
  }
  return true;
}

int block_barrier(BarrierKind kind, bool predicate, CallSite site) {
  Lane* lane = engine.current;
  if (!lane) fail("%s (%s:%d) outside a kernel", site.what, site.file, site.line);
  BlockBarrier& barrier = engine.barrier;
  if (barrier.arrived == 0) {
    barrier.kind = kind;
    barrier.site = site;
    barrier.accumulated = kind == BarrierKind::all;
  } else {
    check_same_barrier(barrier.site, site);
  }
  accumulate(barrier, predicate);
  ++barrier.arrived;
  lane->state = Lane::State::in_barrier;
  tsan_release(edge_out(*lane));
  if (try_barrier()) {
    lane->state = Lane::State::running;
  } else {
    park();
  }
  tsan_acquire(edge_in(*lane));
  return barrier.result;
}

void memory_fence() {
  tsan_release(&engine.fence_edge);
  tsan_acquire(&engine.fence_edge);
}

long long ticks() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace simt
