// SPDX-License-Identifier: Apache-2.0
#include "backend/try_thread.hpp"

#include <limits>

namespace seqfeat::detail {
namespace {

using Tell = void (*)() noexcept;

std::atomic<Tell>& listener() noexcept {
  static std::atomic<Tell> tell{nullptr};
  return tell;
}

std::atomic<bool>& refused() noexcept {
  static std::atomic<bool> any{false};
  return any;
}

}  // namespace

std::atomic<std::int64_t>& threads_left() noexcept {
  static std::atomic<std::int64_t> left{std::numeric_limits<std::int64_t>::max()};
  return left;
}

bool take_thread() noexcept {
  std::int64_t left = threads_left();
  while (left > 0) {
    if (threads_left().compare_exchange_weak(left, left - 1)) return true;
  }
  return false;
}

void on_refused_thread(Tell tell) noexcept {
  listener() = tell;
}

bool was_thread_refused() noexcept {
  return refused();
}

void thread_refused() noexcept {
  refused() = true;
  if (const Tell tell = listener().exchange(nullptr)) tell();
}

}  // namespace seqfeat::detail
