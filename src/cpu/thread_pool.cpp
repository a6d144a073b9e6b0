// SPDX-License-Identifier: Apache-2.0
#include "cpu/thread_pool.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "backend/try_thread.hpp"

namespace seqfeat::cpu {
namespace {

/// CPUs by the cgroup's quota, rounded up; 0 where there is none.
int cgroup_cpus() {
  std::ifstream in("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (!(in >> quota >> period) || period <= 0) return 0;  // "max 100000" is no number
  return std::max(1, static_cast<int>((quota + period - 1) / period));
}

int affinity_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void pause_briefly() noexcept {
#ifdef __x86_64__
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

int thread_count_from_environment() {
  if (const char* text = std::getenv("SEQFEAT_NUM_THREADS")) {
    int threads = 0;
    const char* end = text + std::strlen(text);
    const auto [stopped, error] = std::from_chars(text, end, threads);
    if (error == std::errc{} && stopped == end && threads >= 1 && threads <= 1024) return threads;
  }
  const int quota = cgroup_cpus();
  return quota > 0 ? std::min(quota, affinity_cpus()) : affinity_cpus();
}

// The crew stands before its first worker starts. So the destructor ends the workers that exist,
// whatever happens in here.
Crew::Crew(int threads) : Crew() {
  workers_.reserve(static_cast<std::size_t>(threads) - 1);
  for (int i = 1; i < threads; ++i) {
    std::optional<std::thread> worker = detail::try_thread([this] { serve(); });
    if (!worker) return;
    workers_.push_back(std::move(*worker));
  }
}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void Crew::take_turns() {
  for (std::int64_t i = next_++; i < count_; i = next_++) work_(i);
}

void Crew::run(std::int64_t count, Call work) {
  std::unique_lock busy(busy_, std::defer_lock);
  if (count <= 1 || workers_.empty() || !busy.try_lock()) {
    for (std::int64_t i = 0; i < count; ++i) work(i);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = work;
    count_ = count;
    next_ = 0;
    open_ = true;
    ++round_;
  }
  if (count > static_cast<std::int64_t>(workers_.size())) {
    wake_.notify_all();
  } else {
    for (std::int64_t i = 1; i < count; ++i) wake_.notify_one();
  }
  take_turns();
  close_round();
}

void Crew::close_round() {
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  // Pieces are short: to sleep would take longer than what is left to do.
  constexpr int kPatience = 2000;
  for (int i = 0; i < kPatience && active_ > 0; ++i) pause_briefly();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return active_ == 0; });
}

void Crew::serve() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_ || (open_ && round_ != seen); });
    if (stop_) return;
    seen = round_;
    ++active_;
    lock.unlock();
    take_turns();
    lock.lock();
    if (--active_ == 0) done_.notify_one();
  }
}

Crew& ThreadPool::make_crew() const {
  const std::lock_guard lock(making_);
  if (crew_.load() == nullptr) crew_.store(new Crew(wanted_), std::memory_order_release);
  return *crew_.load();
}

}  // namespace seqfeat::cpu
