// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"

// Whose the files of an output directory are, and who may write them.

namespace seqfeat::test {
namespace {

class CliDirectory : public Jobs {};

TEST_F(CliDirectory, IsOneRunsAtATime) {
  const std::string fifo = folder_ / "rows.txt";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  Process first(folder_, arguments("o", {fifo}));
  std::ofstream rows(fifo);  // waits until the first run reads
  rows << "a b\n" << std::flush;
  const std::string other = text("other.txt", 3);
  for (const char* how : {"--overwrite", "--resume"}) {
    const Ended second = run("o", {other}, {how});
    EXPECT_EQ(second.code, 2) << how;
    EXPECT_NE(second.err.find("into which process "), std::string::npos) << second.err;
    EXPECT_NE(second.err.find(" since '20"), std::string::npos) << second.err;
  }
  rows.close();
  EXPECT_EQ(first.wait().code, 0);
  EXPECT_EQ(manifest("o")["rows"], 1);
}

TEST_F(CliDirectory, IsFreeAgainWhenItsRunIsKilled) {
  const std::string fifo = folder_ / "rows.txt";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  Process first(folder_, arguments("o", {fifo}));
  std::ofstream rows(fifo);
  first.kill(SIGKILL);
  EXPECT_EQ(first.wait().code, 128 + SIGKILL);
  ASSERT_TRUE(std::filesystem::exists(folder_ / "o/.seqfeat-lock"));
  EXPECT_EQ(run("o", {text("other.txt", 3)}).code, 0)
      << "the lock's file alone is an empty directory";
}

TEST_F(CliDirectory, KeepsForeignFiles) {
  const std::string rows = text("rows.txt", 25);
  ASSERT_EQ(run("o", {rows}).code, 0);
  const std::vector<std::string> foreign{"part-notes.safetensors",
                                         "part-1.safetensors",
                                         "notes.seqfeat-tmp-1-1",
                                         ".notes.seqfeat-tmp-1-1",
                                         ".part-x.safetensors.seqfeat-tmp-1-1",
                                         "README"};
  for (const std::string& name : foreign) folder_.write("o/" + name, "mine");
  const std::string left = folder_.write("o/.part-00007.safetensors.seqfeat-tmp-123-4", "half");
  EXPECT_EQ(run("o", {rows}, {"--overwrite"}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(left));
  std::filesystem::remove(folder_ / "o/manifest.json");
  EXPECT_EQ(run("o", {rows}, {"--resume"}).code, 0);
  for (const std::string& name : foreign) EXPECT_EQ(read_file(folder_ / ("o/" + name)), "mine");
}

TEST_F(CliDirectory, RefusesForeignFilesUnderItsNames) {
  const std::string rows = text("rows.txt", 25);
  for (const std::string name : {"manifest.json", "part-00001.safetensors", "rejected.jsonl"}) {
    std::filesystem::remove_all(folder_ / "o");
    std::filesystem::create_directory(folder_ / "o");
    folder_.write("o/" + name, R"({"my": "own"})");
    for (const char* how : {"--overwrite", "--resume"}) {
      const Ended ended = run("o", {rows}, {how});
      EXPECT_EQ(ended.code, 2) << name << " " << how;
      EXPECT_NE(ended.err.find(name + ": "), std::string::npos) << ended.err;
    }
    EXPECT_EQ(contents(folder_ / "o").size(), 1U);
  }
}

TEST_F(CliDirectory, KeepsForeignNotesThatItsManifestDoesNotName) {
  const std::string rows = text("rows.txt", 25);
  ASSERT_EQ(run("o", {rows}).code, 0);
  folder_.write("o/rejected.jsonl", "my notes\n");
  std::filesystem::remove(folder_ / "o/part-00001.safetensors");
  for (const char* how : {"--overwrite", "--resume"}) EXPECT_EQ(run("o", {rows}, {how}).code, 2);
  EXPECT_EQ(read_file(folder_ / "o/rejected.jsonl"), "my notes\n");
}

TEST_F(CliDirectory, RefusesDirectoriesUnderItsNamesBeforeItTouchesAnything) {
  const std::string rows = text("rows.txt", 25);
  ASSERT_EQ(run("o", {rows}).code, 0);
  std::filesystem::remove(folder_ / "o/part-00001.safetensors");
  std::filesystem::create_directory(folder_ / "o/part-00001.safetensors");
  for (const char* how : {"--overwrite", "--resume"}) EXPECT_EQ(run("o", {rows}, {how}).code, 2);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "o/manifest.json"));
  std::filesystem::create_directories(folder_ / "p/manifest.json");
  EXPECT_EQ(run("p", {rows}, {"--resume"}).code, 2);
  EXPECT_EQ(seqfeat(folder_, {"verify", folder_ / "p"}).code, 3);
}

TEST_F(CliDirectory, KeepsTheOldRunUntilTheNewOneHasSomething) {
  ASSERT_EQ(run("o", {text("rows.txt", 45)}).code, 0);
  const auto before = contents(folder_ / "o");
  const std::string bad = folder_.write("bad.jsonl", "{\"tokens\": [1]}\n");
  EXPECT_EQ(run("o", {bad}, {"--overwrite"}).code, 3);
  EXPECT_EQ(contents(folder_ / "o"), before);
  ASSERT_EQ(run("o", {text("fewer.txt", 15)}, {"--overwrite"}).code, 0);
  EXPECT_EQ(contents(folder_ / "o").size(), 3U) << "two parts and a manifest";
}

TEST_F(CliDirectory, ThatCannotBeWrittenIsRefusedAtOnce) {
  const std::string rows = text("rows.txt", 5);
  std::filesystem::create_directory(folder_ / "o");
  // A directory in the place of the lock is a directory that this run cannot use, for root too.
  std::filesystem::create_directory(folder_ / "o/.seqfeat-lock");
  const Ended ended = run("o", {rows});
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("cannot be written to"), std::string::npos) << ended.err;
  EXPECT_EQ(run("/proc/o", {rows}).code, 2);
}

}  // namespace
}  // namespace seqfeat::test
