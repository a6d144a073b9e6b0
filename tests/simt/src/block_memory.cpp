// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <cstring>

#include "engine.hpp"
#include "sanitizers.hpp"
#include "simt/shared_memory.hpp"

// Shared memory, made anew for every block. A plain build cuts it from one arena; under a sanitizer
// each variable is a heap block of exactly its size, so that the red zone starts at its last byte
// and nothing an earlier block did at that address is remembered.

namespace simt {
namespace {

constexpr std::size_t kMaxStaticBytes = 48 * 1024;
constexpr std::size_t kMaxDynamicBytes = 227 * 1024;
constexpr int kMaxVariables = 256;
constexpr int kPoison = 0xFF;  // a NaN, or -1

std::uint64_t block_serial = 0;
std::size_t static_bytes = 0;
void* dynamic_memory = nullptr;

#if defined(SIMT_TSAN) || defined(SIMT_ASAN)
void* variables[kMaxVariables];
int variable_count = 0;

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (variable_count == kMaxVariables) fail("more than %d shared variables", kMaxVariables);
  void* memory = nullptr;
  if (posix_memalign(&memory, std::max(alignment, std::size_t{16}), bytes)) {
    fail("no memory for %zu bytes of shared memory", bytes);
  }
  return variables[variable_count++] = memory;
}
void free_all() {
  while (variable_count) std::free(variables[--variable_count]);
}
#else
alignas(128) unsigned char arena[kMaxStaticBytes + kMaxDynamicBytes + kMaxVariables * 128];
std::size_t arena_used = 0;

void* allocate(std::size_t bytes, std::size_t alignment) {
  arena_used = (arena_used + alignment - 1) / alignment * alignment;
  void* memory = arena + arena_used;
  arena_used += bytes;
  return memory;
}
void free_all() {
  arena_used = 0;
}
#endif

#if defined(SIMT_TSAN)
// Memory comes from one context and goes back in another. Were the host to do both, or the first
// lane to ask, the blocks and lanes would be ordered by it. The first never acquires anything.
void* giver = nullptr;
void* taker = nullptr;
char* edges = nullptr;  // two words a lane, new for every block, for the same reason
char taker_edge = 0;

void* in_giver(void* (*make)(std::size_t, std::size_t), std::size_t bytes, std::size_t alignment,
               void* published) {
  if (!giver) giver = tsan_create();
  void* self = tsan_current();
  tsan_switch(giver);
  void* memory = make(bytes, alignment);
  std::memset(memory, kPoison, bytes);
  tsan_release(published);
  tsan_release(&taker_edge);
  tsan_switch(self);
  return memory;
}
#else
void* in_giver(void* (*make)(std::size_t, std::size_t), std::size_t bytes, std::size_t alignment,
               void*) {
  void* memory = make(bytes, alignment);
  std::memset(memory, kPoison, bytes);
  return memory;
}
#endif

}  // namespace

void* SharedVariable::get(std::size_t bytes, std::size_t alignment) {
  if (block_ != block_serial) {
    static_bytes += bytes;
    if (static_bytes > kMaxStaticBytes) {
      fail("%zu bytes of static shared memory, at most %zu", static_bytes, kMaxStaticBytes);
    }
    memory_ = in_giver(allocate, bytes, alignment, this);
    block_ = block_serial;
  }
  tsan_acquire(this);
  return memory_;
}

void* dynamic_shared_memory() {
  tsan_acquire(&dynamic_memory);
  return dynamic_memory;
}

void begin_block_memory(std::size_t dynamic_shared_bytes, int threads) {
  ++block_serial;
  static_bytes = 0;
#if defined(SIMT_TSAN)
  edges = static_cast<char*>(std::malloc(static_cast<std::size_t>(threads) * 16));
#else
  (void)threads;
#endif
  dynamic_memory = dynamic_shared_bytes
                       ? in_giver(allocate, dynamic_shared_bytes, 128, &dynamic_memory)
                       : nullptr;
}

void end_block_memory(int threads) {
#if defined(SIMT_TSAN)
  if (!taker) taker = tsan_create();
  void* self = tsan_current();
  tsan_release(&taker_edge);
  tsan_switch(taker);
  tsan_acquire(&taker_edge);
  for (int i = 0; i < threads; ++i) tsan_acquire(edge_out(engine.lanes[i]));
  std::free(edges);
  free_all();
  tsan_switch(self);
#else
  (void)threads;
  free_all();
#endif
}

#if defined(SIMT_TSAN)
void* edge_out(const Lane& lane) {
  return edges + lane.rank * 16;
}
void* edge_in(const Lane& lane) {
  return edges + lane.rank * 16 + 8;
}
#else
void* edge_out(const Lane&) {
  return nullptr;
}
void* edge_in(const Lane&) {
  return nullptr;
}
#endif

}  // namespace simt
