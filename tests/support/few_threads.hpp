// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/try_thread.hpp"

namespace seqfeat::test {

/// Lets `try_thread` start `count` more threads while it lives, as on a system that has no more.
class FewThreads {
 public:
  explicit FewThreads(std::int64_t count) : before_(detail::threads_left().exchange(count)) {}
  FewThreads(const FewThreads&) = delete;
  FewThreads& operator=(const FewThreads&) = delete;
  FewThreads(FewThreads&&) = delete;
  FewThreads& operator=(FewThreads&&) = delete;
  ~FewThreads() { detail::threads_left() = before_; }

 private:
  const std::int64_t before_;
};

}  // namespace seqfeat::test
