// SPDX-License-Identifier: Apache-2.0
#include "simt/async_copy.hpp"

#include <cstdint>

#include "engine.hpp"

namespace simt {

bool add_async_copy(const AsyncCopy& copy) {
  const auto places =
      reinterpret_cast<std::uintptr_t>(copy.to) | reinterpret_cast<std::uintptr_t>(copy.from);
  if ((copy.bytes != 4 && copy.bytes != 8 && copy.bytes != 16) || places % copy.bytes != 0) {
    fail("asynchronous copy of %zu bytes from %p to %p: expected 4, 8 or 16, and aligned to them",
         copy.bytes, copy.from, copy.to);
  }
  const Order order = engine.ready.order();
  if (order == Order::descending) return false;
  if (order == Order::random && engine.ready.one_in_four()) return false;
  AsyncCopies& copies = engine.current->copies;
  copies.pending.push_back({copy, copies.groups});
  return true;
}

void commit_async_copies() {
  ++engine.current->copies.groups;
}

std::vector<AsyncCopy> take_async_copies(std::size_t newer) {
  auto& [pending, groups] = engine.current->copies;
  std::vector<AsyncCopy> taken;
  auto due = pending.begin();
  for (; due != pending.end() && due->group + newer < groups; ++due) taken.push_back(due->copy);
  pending.erase(pending.begin(), due);
  return taken;
}

}  // namespace simt
