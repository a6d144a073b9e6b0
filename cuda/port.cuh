// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cooperative_groups.h>
#include <cuda_runtime.h>

#include <type_traits>

// The spellings that differ between nvcc and the SIMT emulator of tests/simt. A kernel includes
// this header instead of the toolkit's, declares shared memory through the two macros below and is
// launched by cudaLaunchKernelEx(&config, kernel, args...), never by <<<>>>; everything else is
// plain CUDA, and the same file runs on both.
//
//   SEQFEAT_SHARED(T, name)          one T (arrays too: int[32]) in static shared memory
//   SEQFEAT_DYNAMIC_SHARED(T, name)  T* name = the block's dynamic shared memory, 16-byte aligned
//
// Macros, because `__shared__` is a declaration specifier. The emulator poisons both with 0xFF
// bytes at the start of every block and lets sanitizers see their exact bounds.

#if defined(SIMT_EMULATOR)

#define SEQFEAT_SHARED(T, name)                  \
  static ::simt::SharedVariable name##_in_block; \
  auto& name = *static_cast<std::type_identity_t<T>*>(name##_in_block.get(sizeof(T), alignof(T)))

#define SEQFEAT_DYNAMIC_SHARED(T, name) T* name = static_cast<T*>(::simt::dynamic_shared_memory())

#elif defined(__CUDACC__)

#define SEQFEAT_SHARED(T, name) __shared__ std::type_identity_t<T> name

// One name and type for every kernel: redeclarations of an extern array must agree.
#define SEQFEAT_DYNAMIC_SHARED(T, name)                                   \
  extern __shared__ __align__(16) unsigned char seqfeat_dynamic_shared[]; \
  T* name = reinterpret_cast<T*>(seqfeat_dynamic_shared)

#endif

namespace seqfeat::cuda {

/// The same number or pointer, in a register of its own: the compiler may not work it out again
/// from what it came from, as it otherwise does round by round to save a register.
template <class T>
__device__ __forceinline__ T kept(T value) {
#if defined(__CUDA_ARCH__)
  if constexpr (sizeof(T) == 8) {
    asm volatile("" : "+l"(value));
  } else {
    asm volatile("" : "+r"(value));
  }
#endif
  return value;
}

}  // namespace seqfeat::cuda
