// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simt/vector_types.hpp"

// CUDA's built-in variables. Plain globals: one block runs at a time, on one OS thread, and the
// scheduler rewrites threadIdx whenever it changes lanes. Kernels only read them and the engine is
// never instrumented, so that TSan sees no race here.

extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;
inline constexpr int warpSize = 32;
