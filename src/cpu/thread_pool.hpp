// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace seqfeat::cpu {

/// How many threads to use: SEQFEAT_NUM_THREADS if it is a number from 1 to 1024, else what
/// affinity and the cgroup's CPU quota allow.
[[nodiscard]] int thread_count_from_environment();

/// Threads that live as long as the backend. The caller works along; a second caller who finds the
/// pool busy does its work alone rather than wait. Where the system gives fewer threads than asked
/// for, the pool has those.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ThreadPool(ThreadPool&&) = delete;
  ThreadPool& operator=(ThreadPool&&) = delete;
  ~ThreadPool();

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

  /// Calls `work(i)` for every i in [0, count), in any order, and waits. `work` must not throw.
  /// Allocates nothing.
  template <class Work>
  void run(std::int64_t count, const Work& work) {
    run(count, {&work, [](const void* w, std::int64_t i) { (*static_cast<const Work*>(w))(i); }});
  }

 private:
  ThreadPool() = default;

  /// Somebody's function object, which outlives the call.
  struct Call {
    const void* work = nullptr;
    void (*invoke)(const void* work, std::int64_t i) = nullptr;
    void operator()(std::int64_t i) const { invoke(work, i); }
  };

  void run(std::int64_t count, Call work);
  void close_round();
  void serve();
  void take_turns();

  std::vector<std::thread> workers_;
  std::mutex busy_;   // held by the caller whose work is being done
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::condition_variable done_;
  Call work_;
  std::int64_t count_ = 0;
  std::uint64_t round_ = 0;
  bool open_ = false;  // a worker that wakes up may still join the round
  bool stop_ = false;
  std::atomic<int> active_{0};  // workers that did
  std::atomic<std::int64_t> next_{0};
};

}  // namespace seqfeat::cpu
