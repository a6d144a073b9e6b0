// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_bar.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

namespace seqfeat::test {
namespace {

TEST(ProgressBar, IsALineNowAndThenWhereNobodyLooksOn) {
  run::Progress progress;
  progress.rows = 1200;
  progress.bytes = 50;
  progress.total = 200;
  testing::internal::CaptureStderr();
  {
    const cli::ProgressBar bar(progress, true, std::chrono::milliseconds(20));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_GE(std::count(said.begin(), said.end(), '\n'), 2) << said;
  EXPECT_NE(said.find("seqfeat: [######------------------]  25 %  1.2 k rows"), std::string::npos)
      << said;
  EXPECT_EQ(said.find('\r'), std::string::npos);
}

TEST(ProgressBar, SaysNothingWhereItIsNotWanted) {
  const run::Progress progress;
  testing::internal::CaptureStderr();
  {
    const cli::ProgressBar bar(progress, false, std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace seqfeat::test
