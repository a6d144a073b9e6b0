// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an op means is written once, in functions that both the host compiler and nvcc compile.

#if defined(__CUDACC__)
#define SEQFEAT_HD __host__ __device__
#else
#define SEQFEAT_HD
#endif
