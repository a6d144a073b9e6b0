// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

// Copies into shared memory that go on while their thread does (cp.async). With threads in
// ascending order they take place as late as they may, in the wait for their group, so that a wait
// or a commit that is missing shows; in descending order at once, so that a copy onto what is still
// read shows; in random order either way.

namespace simt {

struct AsyncCopy {
  void* to;
  const void* from;
  std::size_t bytes;
};

/// Notes a copy of 4, 8 or 16 bytes of the running thread; aligned, or it is a fault. False where
/// it is to take place at once.
bool add_async_copy(const AsyncCopy& copy);
/// Ends the group of the copies that were noted since the last one.
void commit_async_copies();
/// Takes away the copies of all groups but the latest `newer` ones.
std::vector<AsyncCopy> take_async_copies(std::size_t newer);

}  // namespace simt

inline void __pipeline_memcpy_async(void* to, const void* from, std::size_t bytes) {
  if (!simt::add_async_copy({to, from, bytes})) std::memcpy(to, from, bytes);
}
inline void __pipeline_commit() {
  simt::commit_async_copies();
}
inline void __pipeline_wait_prior(std::size_t newer) {
  for (const simt::AsyncCopy& copy : simt::take_async_copies(newer)) {
    std::memcpy(copy.to, copy.from, copy.bytes);
  }
}
