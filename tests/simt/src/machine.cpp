// SPDX-License-Identifier: Apache-2.0
#include "runtime/machine.hpp"

#include "engine.hpp"
#include "runtime/runtime.hpp"

// The engine as the runtime's machine.

namespace simt {

MachineTraits machine_traits() {
  return {"SIMT emulator", 9, 0, 4 << 20};
}

cudaError_t run_kernel(const GridWork& work) {
  return run_grid(work) ? cudaSuccess : engine.failure_code;
}

void note_full_wait(const CUstream_st*) {}  // grids run one after another: every wait is full

void forbid_inside_kernel() {
  // The lock is held while a kernel runs, so whoever gets it and finds a lane is in that kernel. It
  // is given back before the kernel is abandoned, which runs no destructors.
  bool inside = false;
  {
    const std::lock_guard lock(runtime_lock());
    inside = engine.current != nullptr;
  }
  if (inside) fail("launch or other call of the runtime from inside a kernel");
}

}  // namespace simt
