// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/launch.cuh"
#include "cuda/port.cuh"

namespace seqfeat::cuda {

/// a / b for a < 2^20 without an integer division: (a + 1/2) / b is further from any whole number
/// than three roundings can carry it.
__device__ __forceinline__ unsigned small_quotient(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<float>(a) + 0.5F) * __frcp_rn(static_cast<float>(b)));
}

/// One of the equal units that fill a block's slots.
struct Unit {
  unsigned slot;
  unsigned at;  ///< Which of the slot's units.

  /// The unit behind it.
  __device__ __forceinline__ void next(unsigned units) {
    if (++at < units) return;
    at = 0;
    ++slot;
  }
};

/// A thread's way through the units of a block's slots, `run` of them side by side at each step.
class Walk {
 public:
  __device__ Walk(unsigned units, unsigned run)
      : units_(units), slot_step_(small_quotient(kThreads * run, units)) {
    const unsigned first = threadIdx.x * run;
    unit.slot = small_quotient(first, units);
    unit.at = first - unit.slot * units;
    at_step_ = kThreads * run - slot_step_ * units;
  }
  __device__ __forceinline__ void next() {
    unit.slot += slot_step_;
    unit.at += at_step_;
    if (unit.at >= units_) {
      unit.at -= units_;
      ++unit.slot;
    }
  }

  Unit unit;

 private:
  unsigned units_;
  unsigned slot_step_;
  unsigned at_step_;
};

}  // namespace seqfeat::cuda
