// SPDX-License-Identifier: Apache-2.0
#include "backend/try_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "tests/support/few_threads.hpp"

namespace seqfeat::detail {
namespace {

std::atomic<int> told{0};

TEST(TryThread, RunsItsWork) {
  std::atomic<bool> done{false};
  auto thread = try_thread([&done] { done = true; });
  ASSERT_TRUE(thread);
  thread->join();
  EXPECT_TRUE(done);
}

TEST(TryThread, GivesNothingWhereThereIsNoThreadAndTellsOnce) {
  const test::FewThreads none(0);
  told = 0;
  on_refused_thread([]() noexcept { ++told; });
  EXPECT_FALSE(try_thread([] {}));
  EXPECT_FALSE(try_thread([] {}));
  EXPECT_EQ(told, 1);
}

TEST(TryThread, GivesAsManyAsThereAre) {
  const test::FewThreads two(2);
  for (const bool given : {true, true, false}) {
    auto thread = try_thread([] {});
    EXPECT_EQ(thread.has_value(), given);
    if (thread) thread->join();
  }
}

TEST(TryThread, KnowsTheErrorsOfAFullSystem) {
  EXPECT_TRUE(means_no_thread(std::error_code(EAGAIN, std::generic_category())));
  EXPECT_TRUE(means_no_thread(std::error_code(ENOMEM, std::system_category())));
  EXPECT_FALSE(means_no_thread(std::error_code(EPERM, std::generic_category())));
}

}  // namespace
}  // namespace seqfeat::detail
