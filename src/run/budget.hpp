// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace seqfeat::run {

/// Bounds the batches and the bytes that may be in flight at once. A batch larger than the whole
/// budget goes alone.
///
/// So memory depends neither on the size of the input nor on which stage happens to be ahead.
class Budget {
 public:
  Budget(int batches, std::int64_t bytes) : most_batches_(batches), most_bytes_(bytes) {}

  /// Waits until a batch of `bytes` fits. False once closed.
  bool take(std::int64_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return closed_ || batches_ == 0 ||
             (batches_ < most_batches_ && bytes <= most_bytes_ - bytes_);
    });
    if (closed_) return false;
    ++batches_;
    bytes_ += bytes;
    return true;
  }
  void give_back(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    --batches_;
    bytes_ -= bytes;
    changed_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const int most_batches_;
  const std::int64_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int batches_ = 0;
  std::int64_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace seqfeat::run
