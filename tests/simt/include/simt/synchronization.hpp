// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simt/collective.hpp"

// Barriers, fences, and the calls that order whole grids.

namespace simt {

enum class BarrierKind { plain, count, all, any };

int block_barrier(BarrierKind kind, bool predicate, CallSite site);
void memory_fence();
void yield_to_others();
void grid_dependency_synchronize();
[[noreturn]] void trap();
long long ticks();

}  // namespace simt

inline void __syncthreads(SIMT_CALL_SITE) {
  simt::block_barrier(simt::BarrierKind::plain, false, {"__syncthreads", file, line});
}
inline int __syncthreads_count(int predicate, SIMT_CALL_SITE) {
  return simt::block_barrier(simt::BarrierKind::count, predicate != 0,
                             {"__syncthreads_count", file, line});
}
inline int __syncthreads_and(int predicate, SIMT_CALL_SITE) {
  return simt::block_barrier(simt::BarrierKind::all, predicate != 0,
                             {"__syncthreads_and", file, line});
}
inline int __syncthreads_or(int predicate, SIMT_CALL_SITE) {
  return simt::block_barrier(simt::BarrierKind::any, predicate != 0,
                             {"__syncthreads_or", file, line});
}
inline void __syncwarp(unsigned mask = 0xffffffffu, SIMT_CALL_SITE) {
  simt::collective(mask, simt::exchange_nothing, 0, 0, simt::Ordering::memory,
                   {"__syncwarp", file, line});
}

inline void __threadfence() {
  simt::memory_fence();
}
inline void __threadfence_block() {
  simt::memory_fence();
}
inline void __threadfence_system() {
  simt::memory_fence();
}

inline void __nanosleep(unsigned) {
  simt::yield_to_others();
}
[[noreturn]] inline void __trap() {
  simt::trap();
}
inline long long clock64() {
  return simt::ticks();
}

// Kernels run one after another here, so the kernel before has always finished.
inline void cudaGridDependencySynchronize() {
  simt::grid_dependency_synchronize();
}
inline void cudaTriggerProgrammaticLaunchCompletion() {}
