// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "tests/support/few_threads.hpp"

namespace seqfeat::cli {
namespace {

void wait_for_stop(const SignalStop& signals) {
  for (int i = 0; i < 5000 && !signals.token().stop_requested(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(Signals, BecomeARequestToStopWithOrWithoutAThread) {
  for (const int threads : {0, 1}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      const test::FewThreads few(threads);
      const SignalStop signals;
      EXPECT_FALSE(signals.token().stop_requested());
      ::kill(::getpid(), signal);
      wait_for_stop(signals);
      EXPECT_TRUE(signals.token().stop_requested());
      EXPECT_EQ(signals.signal(), signal);
    }
  }
}

// Libraries of a Python program have threads before the program begins, and those block nothing.
TEST(Signals, ReachItThroughThreadsThatWereThereBefore) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::atomic<bool> done = false;
    std::thread other([&done] {
      while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    {
      const SignalStop signals;
      pthread_kill(other.native_handle(), signal);
      wait_for_stop(signals);
      EXPECT_EQ(signals.signal(), signal);
    }
    done = true;
    other.join();
  }
}

TEST(Signals, GiveBackTheHandlersThatWereThere) {
  const auto mine = +[](int) {};
  for (const int threads : {0, 1}) {
    const test::FewThreads few(threads);
    std::signal(SIGTERM, mine);
    { const SignalStop signals; }
    EXPECT_EQ(std::signal(SIGTERM, SIG_DFL), mine);
  }
}

TEST(Signals, TheSecondEndsTheProgram) {
  for (const int threads : {0, 1}) {
    const test::FewThreads few(threads);
    const auto two_signals = [] {
      const SignalStop signals;
      ::kill(::getpid(), SIGTERM);
      wait_for_stop(signals);
      ::kill(::getpid(), SIGINT);
      std::this_thread::sleep_for(std::chrono::seconds(5));
    };
    EXPECT_EXIT(two_signals(), ::testing::ExitedWithCode(130), "");
  }
}

}  // namespace
}  // namespace seqfeat::cli
