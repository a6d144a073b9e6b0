// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/process.hpp"
#include "tests/cli/specs.hpp"

namespace seqfeat::test {
namespace {

class CliFewThreads : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kThreadsCanBeLimited) GTEST_SKIP() << "a sanitizer needs the address space";
  }

  /// Runs seqfeat, which wishes for 8 threads and gets `others` beside the main thread.
  [[nodiscard]] Ended with_threads(long others, const std::vector<std::string>& arguments,
                                   const std::string& input = "") const {
    return seqfeat(folder_, arguments, input, {{"SEQFEAT_NUM_THREADS", "8"}},
                   {.largest_file = {}, .threads = others});
  }

  static int count(const std::string& text, const std::string& word) {
    int found = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
  }

  Folder folder_;
};

TEST_F(CliFewThreads, DoctorSaysHowManyThereAre) {
  for (const long others : {0, 2}) {
    const Ended ended = with_threads(others, {"doctor", "--json"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_NE(ended.out.find("\"threads\":" + std::to_string(1 + others) + ","), std::string::npos)
        << ended.out;
    EXPECT_NE(ended.out.find(std::to_string(7 - others) + " of 8 threads"), std::string::npos)
        << ended.out;
  }
}

TEST_F(CliFewThreads, HashesTheSameAndSaysSoOnce) {
  std::string tokens;
  for (int i = 0; i < 200'000; ++i) tokens += "token" + std::to_string(i) + "\n";
  const std::vector<std::string> hash{"hash", "--buckets", "1000"};
  const Ended all = seqfeat(folder_, hash, tokens, {{"SEQFEAT_NUM_THREADS", "8"}});
  EXPECT_EQ(all.err, "");
  for (const long others : {0, 3}) {
    const Ended few = with_threads(others, hash, tokens);
    EXPECT_EQ(few.code, 0);
    EXPECT_TRUE(few.out == all.out);
    EXPECT_EQ(count(few.err, "fewer threads"), 1) << few.err;
  }
  EXPECT_EQ(with_threads(0, {"hash", "--quiet", "--buckets", "1000"}, tokens).err, "");
}

// Reading, writing and the hashing of tables are the main thread's then, one after the other.
TEST_F(CliFewThreads, RunsToTheSameBytes) {
  std::string rows;
  for (int i = 0; i < 500; ++i) rows += "a b" + std::to_string(i) + "\n";
  const std::string input = folder_.write("rows.txt", rows);
  const std::string spec = folder_.write("s.json", kSpec);
  const auto run = [&](const std::string& output, const std::vector<std::string>& more) {
    std::vector<std::string> all{"run",      "--batch-size",  "30", "--spec", spec,
                                 "--output", folder_ / output};
    all.insert(all.end(), more.begin(), more.end());
    all.push_back(input);
    return all;
  };
  const std::string tables = folder_ / "t.safetensors";
  ASSERT_EQ(seqfeat(folder_, run("made", {"--save-tables", tables})).code, 0);
  const std::vector<std::string> with_tables{"--tables", tables};
  ASSERT_EQ(seqfeat(folder_, run("all", with_tables)).code, 0);
  for (const long others : {0, 1, 3}) {
    const std::string name = "few" + std::to_string(others);
    const Ended few = with_threads(others, run(name, with_tables));
    EXPECT_EQ(few.code, 0) << few.err;
    EXPECT_EQ(count(few.err, "fewer threads"), 1) << few.err;
    EXPECT_TRUE(contents(folder_ / name) == contents(folder_ / "all")) << others;
  }
}

}  // namespace
}  // namespace seqfeat::test
