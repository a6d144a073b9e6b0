// SPDX-License-Identifier: Apache-2.0
#include "cpu/thread_pool.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/support/few_threads.hpp"

namespace seqfeat::cpu {
namespace {

/// How often each of `count` pieces was worked on.
std::vector<int> turns(ThreadPool& pool, std::int64_t count) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  pool.run(count, [&seen](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
  return {seen.begin(), seen.end()};
}

TEST(ThreadPool, WorksOnEveryPieceOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::int64_t count : {0, 1, 2, 3, 7, 8, 9, 1000}) {
      EXPECT_EQ(turns(pool, count), std::vector<int>(static_cast<std::size_t>(count), 1))
          << threads << " threads";
    }
  }
}

TEST(ThreadPool, IsDoneWhenItReturnsHoweverShortTheRounds) {
  ThreadPool pool(4);
  for (int round = 0; round < 3000; ++round) {
    std::atomic<int> done{0};
    pool.run(1 + round % 6, [&done, round](std::int64_t) {
      // Some rounds are long enough for workers to join them, some just about.
      std::atomic<int> busy{0};
      while (busy < round % 300 * 10) ++busy;
      ++done;
    });
    ASSERT_EQ(done, 1 + round % 6);
  }
}

TEST(ThreadPool, WaitsForAPieceThatTakesItsTime) {
  ThreadPool pool(3);
  std::atomic<int> done{0};
  pool.run(3, [&done](std::int64_t i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20 * i));
    ++done;
  });
  EXPECT_EQ(done, 3);
}

TEST(ThreadPool, WorksWithTheThreadsThatThereAre) {
  for (const int left : {0, 1, 3}) {
    const test::FewThreads few(left);
    ThreadPool pool(8);
    EXPECT_EQ(pool.threads(), 1 + left);
    EXPECT_EQ(turns(pool, 100), std::vector<int>(100, 1)) << left << " threads left";
  }
}

TEST(ThreadPool, ServesSeveralCallersAtOnce) {
  ThreadPool pool(3);
  std::atomic<int> wrong{0};
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        const std::vector<int> seen = turns(pool, 5);
        if (std::count(seen.begin(), seen.end(), 1) != 5) ++wrong;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(wrong, 0);
}

/// True if three threads of the pool come together in one round.
bool three_meet(ThreadPool& pool) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::atomic<int> here{0};
  pool.run(3, [&](std::int64_t) {
    ++here;
    while (here < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  });
  return here == 3 && std::chrono::steady_clock::now() < deadline;
}

TEST(ThreadPool, HasThreadsOfItsOwnInAForkedChild) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer allows no threads in a child of many threads";
#endif
  ThreadPool pool(3);
  ASSERT_TRUE(three_meet(pool));
  std::atomic<bool> stop{false};
  std::thread other([&] {  // forks find the pool's locks in every state
    while (!stop) turns(pool, 5);
  });
  for (int fork_number = 0; fork_number < 5; ++fork_number) {
    const pid_t child = fork();
    if (child == 0) _exit(three_meet(pool) ? 0 : 1);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  other.join();
  EXPECT_TRUE(three_meet(pool));
}

}  // namespace
}  // namespace seqfeat::cpu
