// SPDX-License-Identifier: Apache-2.0
#include "context_switch.hpp"

#include <cstdint>

// Only what the ABI makes the callee keep is saved: a switch is an ordinary function call to the
// compiler. Floating-point control words stay as they are: kernels do not change them.

#if defined(SIMT_UCONTEXT) || !(defined(__x86_64__) || defined(__aarch64__))

#include <ucontext.h>

namespace simt {

void* make_machine_context(void* stack, std::size_t bytes, void (*entry)()) {
  auto* context = new ucontext_t;
  getcontext(context);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = bytes;
  context->uc_link = nullptr;
  makecontext(context, entry, 0);
  return context;
}

void switch_machine_context(void** save, void* load) {
  // A context of the host's own is kept here, since nobody made one for it.
  static thread_local ucontext_t own;
  if (!*save) *save = &own;
  swapcontext(static_cast<ucontext_t*>(*save), static_cast<ucontext_t*>(load));
}

void free_machine_context(void* context) {
  delete static_cast<ucontext_t*>(context);
}

}  // namespace simt

#else

extern "C" void simt_switch_stacks(void** save, void* load);

#if defined(__x86_64__)
asm(R"(
.text
.p2align 4
.globl simt_switch_stacks
.type simt_switch_stacks,@function
simt_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  retq
.size simt_switch_stacks,.-simt_switch_stacks
)");
#else
asm(R"(
.text
.p2align 4
.globl simt_switch_stacks
.type simt_switch_stacks,%function
simt_switch_stacks:
  stp x19, x20, [sp, #-160]!
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x19, x20, [sp], #160
  ret
.size simt_switch_stacks,.-simt_switch_stacks
)");
#endif

namespace simt {

void* make_machine_context(void* stack, std::size_t bytes, void (*entry)()) {
  void** top = reinterpret_cast<void**>(static_cast<char*>(stack) + bytes);
#if defined(__x86_64__)
  *--top = nullptr;                         // no caller; leaves %rsp = 8 mod 16 at entry
  *--top = reinterpret_cast<void*>(entry);  // popped by ret
  for (int i = 0; i < 6; ++i) *--top = nullptr;
#else
  top -= 20;  // the 160 bytes that the switch restores
  for (int i = 0; i < 20; ++i) top[i] = nullptr;
  top[11] = reinterpret_cast<void*>(entry);  // x30, the return address
#endif
  return top;
}

void switch_machine_context(void** save, void* load) {
  simt_switch_stacks(save, load);
}

void free_machine_context(void*) {}

}  // namespace simt

#endif
