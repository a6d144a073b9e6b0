// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace seqfeat::run {

/// Passes items between threads. Holds at most `capacity`, so that a faster producer waits.
template <class T>
class Queue {
 public:
  explicit Queue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False, and the item is dropped, once the queue is closed.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  /// Waits for an item; nothing once the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  /// Ends the queue. The items inside can still be taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool closed_ = false;
};

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
