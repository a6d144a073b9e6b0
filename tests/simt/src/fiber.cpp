// SPDX-License-Identifier: Apache-2.0
#include "fiber.hpp"

#include <sys/mman.h>

#include "context_switch.hpp"
#include "sanitizers.hpp"
#include "simt/control.hpp"

namespace simt {
namespace {

constexpr std::size_t kStackBytes = std::size_t{128} << 10;
constexpr std::size_t kGuardBytes = 4096;

// Stacks begin on page boundaries; without an offset of its own every lane's frames would compete
// for the same few sets of the first-level cache.
constexpr std::size_t kColours = 29;
constexpr std::size_t kColourBytes = 192;

#if defined(SIMT_ASAN)
Context* switched_from = nullptr;
#endif

}  // namespace

Fiber::Fiber(void (*entry)()) {
  mapping = mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) fail("no memory for a stack of %zu bytes", kStackBytes);
  mprotect(mapping, kGuardBytes, PROT_NONE);  // an overflow faults instead of corrupting
  char* stack = static_cast<char*>(mapping) + kGuardBytes;
#if defined(SIMT_ASAN)
  __asan_unpoison_memory_region(stack, kStackBytes);  // of an abandoned stack at this address
#endif
  static std::size_t count = 0;
  const std::size_t bytes = kStackBytes - count++ % kColours * kColourBytes;
  context.stack = stack;
  context.stack_bytes = bytes;
  context.machine = make_machine_context(stack, bytes, entry);
  context.tsan = tsan_create();
}

Fiber::~Fiber() {
  if (context.tsan) tsan_destroy(context.tsan);
  free_machine_context(context.machine);
  munmap(mapping, kStackBytes + kGuardBytes);
}

void switch_context(Context& from, Context& to) {
  tsan_switch(to.tsan);
#if defined(SIMT_ASAN)
  switched_from = &from;
  __sanitizer_start_switch_fiber(&from.asan_fake_stack, to.stack, to.stack_bytes);
#endif
  switch_machine_context(&from.machine, to.machine);
#if defined(SIMT_ASAN)
  __sanitizer_finish_switch_fiber(from.asan_fake_stack, &switched_from->stack,
                                  &switched_from->stack_bytes);
#endif
}

void finish_first_switch() {
#if defined(SIMT_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, &switched_from->stack, &switched_from->stack_bytes);
#endif
}

}  // namespace simt
