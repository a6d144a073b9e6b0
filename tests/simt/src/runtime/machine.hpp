// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <driver_types.h>

#include "simt/control.hpp"

// The seam between the runtime's host side and the machine that runs its grids. The emulator's
// engine is one machine (machine.cpp); tests/ptx puts another one under the same runtime, which it
// compiles against the toolkit's headers.

namespace simt {

inline constexpr int kWarpLanes = 32;
inline constexpr int kMaxThreads = 1024;

/// A grid to run. `run` executes one thread of it, where threads are functions of the host.
struct GridWork {
  const void* function;
  const CUstream_st* stream;  // which it was enqueued on, be it into a capture
  dim3 grid;
  dim3 block;
  std::size_t dynamic_shared_bytes;
  void (*run)(const void* arguments);
  const void* arguments;
  bool is_programmatic_dependent;
};

struct MachineTraits {
  const char* name;
  int major;  ///< Of the compute capability.
  int minor;
  int cache_bytes;  ///< Of the L2: libraries take other ways for what does not fit.
};

MachineTraits machine_traits();
/// Runs a grid to its end; the error it failed with sticks to the device.
cudaError_t run_kernel(const GridWork& work);
/// Says that all that was enqueued on `stream` (null: on any) ends before what comes next begins,
/// as it does around everything that is not a kernel; it forgets a stream that is destroyed.
void note_full_wait(const CUstream_st* stream);
/// Gives the message of a failed grid to whom it concerns. Called outside the runtime's lock.
void deliver_failure();
/// Fails the kernel that called the runtime.
void forbid_inside_kernel();

/// What stats() answers. The machine counts its own work in it, the runtime what it frees.
extern Stats counts;

}  // namespace simt
