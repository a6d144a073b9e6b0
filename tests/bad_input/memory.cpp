// SPDX-License-Identifier: Apache-2.0
#include "tests/bad_input/memory.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace seqfeat::test {
namespace {

std::atomic<std::int64_t> held = 0;
std::atomic<std::int64_t> most = 0;

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const auto bytes = static_cast<std::int64_t>(::malloc_usable_size(memory));
  const std::int64_t now = held.fetch_add(bytes) + bytes;
  for (std::int64_t before = most; now > before && !most.compare_exchange_weak(before, now);) {
  }
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  held -= static_cast<std::int64_t>(::malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

MemoryPeak::MemoryPeak() : baseline_(held) {
  most = baseline_;
}
std::int64_t MemoryPeak::above_baseline() const noexcept {
  return most - baseline_;
}
std::int64_t MemoryPeak::still_held() const noexcept {
  return held - baseline_;
}

}  // namespace seqfeat::test

// All forms, for a sanitizer brings its own of those that are left out, and they would not match.
// NOLINTBEGIN(misc-new-delete-overloads)

void* operator new(std::size_t bytes) {
  return seqfeat::test::counted(std::malloc(bytes == 0 ? 1 : bytes));
}
void* operator new[](std::size_t bytes) {
  return ::operator new(bytes);
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return ::operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t bytes, const std::nothrow_t& tag) noexcept {
  return ::operator new(bytes, tag);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  return seqfeat::test::counted(std::aligned_alloc(step, (bytes + step - 1) / step * step));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return ::operator new(bytes, alignment);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  try {
    return ::operator new(bytes, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t bytes, std::align_val_t alignment,
                     const std::nothrow_t& tag) noexcept {
  return ::operator new(bytes, alignment, tag);
}

void operator delete(void* memory) noexcept {
  seqfeat::test::give_back(memory);
}
void operator delete[](void* memory) noexcept {
  seqfeat::test::give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  seqfeat::test::give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  seqfeat::test::give_back(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  seqfeat::test::give_back(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  seqfeat::test::give_back(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  seqfeat::test::give_back(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  seqfeat::test::give_back(memory);
}

// NOLINTEND(misc-new-delete-overloads)
