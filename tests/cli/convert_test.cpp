// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/process.hpp"

namespace seqfeat::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class CliConvert : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_ / "out"); }

  [[nodiscard]] std::vector<std::string> convert(const std::string& in) const {
    return {"convert", "--to", "tfrecord", "--key", "w", in, folder_ / "out/a.tfrecord"};
  }

  Folder folder_;
};

// The input stays open, so that the program waits for more when the signal comes.
TEST_F(CliConvert, RemovesItsTemporaryFileWhenASignalEndsIt) {
  const std::string pipe = folder_ / "in.txt";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int input = ::open(pipe.c_str(), O_RDWR);
  for (const int signal : {SIGINT, SIGTERM}) {
    for (const bool has_threads : {true, false}) {
      if (!has_threads && !kThreadsCanBeLimited) continue;
      SCOPED_TRACE(std::to_string(signal) + (has_threads ? "" : ", without threads"));
      const Limits limits{.largest_file = {},
                          .threads = has_threads ? std::nullopt : std::optional<long>(0)};
      Process process(folder_, convert(pipe), "", {}, limits);
      for (int i = 0; i < 5000 && contents(folder_ / "out").empty(); ++i) {
        std::this_thread::sleep_for(milliseconds(1));
      }
      EXPECT_EQ(contents(folder_ / "out").size(), 1U) << "has not begun";
      const auto begin = steady_clock::now();
      process.kill(signal);
      EXPECT_EQ(process.wait().code, 128 + signal);
      EXPECT_LT(steady_clock::now() - begin, milliseconds(1000));
      EXPECT_EQ(contents(folder_ / "out").size(), 0U);
    }
  }
  ::close(input);
}

TEST_F(CliConvert, SaysWhyItCannotWriteAndLeavesNothing) {
  const std::string in = folder_.write("in.txt", std::string(300'000, 'x'));
  const Ended ended =
      Process(folder_, convert(in), "", {}, {.largest_file = 100'000, .threads = {}}).wait();
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("File too large"), std::string::npos) << ended.err;
  EXPECT_EQ(contents(folder_ / "out").size(), 0U);
}

}  // namespace
}  // namespace seqfeat::test
