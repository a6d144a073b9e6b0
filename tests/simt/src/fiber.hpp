// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// Fibers: a stack with a machine context, and what sanitizers must know about it.

namespace simt {

/// Something that can be switched to: a fiber, or the host thread that launched.
struct Context {
  void* machine = nullptr;
  void* tsan = nullptr;
  void* asan_fake_stack = nullptr;
  const void* stack = nullptr;
  std::size_t stack_bytes = 0;
};

/// Leaves `from` and continues `to`; returns when something switches back.
void switch_context(Context& from, Context& to);

/// To be called first thing on a stack that was switched to for the first time.
void finish_first_switch();

/// A stack of 128 KB with a guard page below it.
struct Fiber {
  explicit Fiber(void (*entry)());
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  Context context;
  void* mapping = nullptr;
};

}  // namespace simt
