// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "backend/fork_aware.hpp"

namespace seqfeat::cpu {

/// How many threads to use: SEQFEAT_NUM_THREADS if it is a number from 1 to 1024, else what
/// affinity and the cgroup's CPU quota allow.
[[nodiscard]] int thread_count_from_environment();

/// The threads of a pool, in one process.
class Crew {
 public:
  explicit Crew(int threads);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  Crew(Crew&&) = delete;
  Crew& operator=(Crew&&) = delete;
  ~Crew();

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

  /// Somebody's function object, which outlives the call.
  struct Call {
    const void* work = nullptr;
    void (*invoke)(const void* work, std::int64_t i) = nullptr;
    void operator()(std::int64_t i) const { invoke(work, i); }
  };
  void run(std::int64_t count, Call work);

 private:
  Crew() = default;

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

/// Threads that live as long as the backend. The caller works along; a second caller who finds the
/// pool busy does its work alone rather than wait. Where the system gives fewer threads than asked
/// for, the pool has those. In a forked child it starts threads anew when there is work for them.
class ThreadPool : private detail::ForkAware {
 public:
  explicit ThreadPool(int threads) : wanted_(threads), crew_(new Crew(threads)) {}
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ThreadPool(ThreadPool&&) = delete;
  ThreadPool& operator=(ThreadPool&&) = delete;
  ~ThreadPool() override { delete crew_.load(); }

  [[nodiscard]] int threads() const { return crew().threads(); }

  /// Calls `work(i)` for every i in [0, count), in any order, and waits. `work` must not throw.
  /// Allocates nothing, but for the first call in a forked child.
  template <class Work>
  void run(std::int64_t count, const Work& work) {
    crew().run(count,
               {&work, [](const void* w, std::int64_t i) { (*static_cast<const Work*>(w))(i); }});
  }

 private:
  void before_fork() noexcept override { making_.lock(); }
  void after_fork_in_parent() noexcept override { making_.unlock(); }
  void after_fork_in_child() noexcept override {
    crew_ = nullptr;  // left alone: its threads cannot be joined here, nor its locks be trusted
    making_.unlock();
  }

  [[nodiscard]] Crew& crew() const {
    Crew* const there = crew_.load(std::memory_order_acquire);
    return there != nullptr ? *there : make_crew();
  }
  Crew& make_crew() const;

  const int wanted_;
  mutable std::atomic<Crew*> crew_;
  mutable std::mutex making_;
};

}  // namespace seqfeat::cpu
