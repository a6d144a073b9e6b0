// SPDX-License-Identifier: Apache-2.0
#pragma once

// CUDA's qualifiers, as far as a host compiler needs them.

/// Tells a source that it is compiled for the emulator.
#define SIMT_EMULATOR 1

#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))

// A static would do, but nothing could poison it or know its bounds.
#define __shared__ \
  static_assert(false, "declare shared memory with SEQFEAT_SHARED (cuda/port.cuh)");
