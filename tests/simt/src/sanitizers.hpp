// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// What the engine tells ThreadSanitizer and AddressSanitizer, and nothing in a plain build.
//
// Under TSan the engine itself is compiled without -fsanitize=thread (SIMT_TSAN says that the
// program has it): its own bookkeeping is ordered by construction, and instrumented it would order
// kernel threads that nothing else orders, which hides their races.

#if defined(SIMT_TSAN)
extern "C" {
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif
#if defined(SIMT_ASAN)
extern "C" {
void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, std::size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, std::size_t* size);
void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
}
#endif

namespace simt {

#if defined(SIMT_TSAN)
/// TSan keeps a history per fiber, so that each lane needs one of its own; else lanes share stacks.
inline constexpr bool kFiberPerLane = true;
inline constexpr unsigned kWithoutOrdering = 1;  // the flag that keeps a switch from synchronizing

inline void* tsan_current() {
  return __tsan_get_current_fiber();
}
inline void* tsan_create() {
  return __tsan_create_fiber(0);
}
inline void tsan_destroy(void* fiber) {
  __tsan_destroy_fiber(fiber);
}
inline void tsan_switch(void* fiber) {
  __tsan_switch_to_fiber(fiber, kWithoutOrdering);
}
inline void tsan_acquire(void* address) {
  __tsan_acquire(address);
}
inline void tsan_release(void* address) {
  __tsan_release(address);
}
#else
inline constexpr bool kFiberPerLane = false;

inline void* tsan_current() {
  return nullptr;
}
inline void* tsan_create() {
  return nullptr;
}
inline void tsan_destroy(void*) {}
inline void tsan_switch(void*) {}
inline void tsan_acquire(void*) {}
inline void tsan_release(void*) {}
#endif

}  // namespace simt
