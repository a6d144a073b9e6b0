// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace seqfeat::run {

/// Bytes that may be on their way at once. One batch larger than all of it goes alone.
class Budget {
 public:
  explicit Budget(std::int64_t bytes) : limit_(bytes) {}

  /// Waits until `bytes` fit. False once closed.
  bool take(std::int64_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || taken_ == 0 || bytes <= limit_ - taken_; });
    if (!closed_) taken_ += bytes;
    return !closed_;
  }
  void give_back(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    taken_ -= bytes;
    changed_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const std::int64_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t taken_ = 0;
  bool closed_ = false;
};

}  // namespace seqfeat::run
