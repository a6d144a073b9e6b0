// SPDX-License-Identifier: Apache-2.0
#include "io/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "io/temporaries.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::test {
namespace {

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

auto files_in(const std::filesystem::path& directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

/// What opening `file` complains about.
std::string refusal(const std::filesystem::path& file) {
  try {
    (void)AtomicFile(file);
  } catch (const IoError& error) {
    return error.what();
  }
  return "nothing";
}

TEST(AtomicFile, AppearsUnderItsNameOnCommitAndNotBefore) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.bin";
  auto file = AtomicFile(path);
  file.write("hello ");
  file.write("world");
  EXPECT_FALSE(std::filesystem::exists(path));
  file.commit();
  EXPECT_EQ(contents(path), "hello world");
  EXPECT_EQ(files_in(directory.path()), 1);
}

TEST(AtomicFile, WritesPiecesOfAnySizeInOrder) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.bin";
  auto file = AtomicFile(path);
  std::string expected;
  for (const std::size_t size :
       {1U, 65535U, 2U, 65536U, 0U, 200000U, 40000U, 40000U, 100U, 70000U}) {
    const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    file.write(piece);
    expected += piece;
  }
  file.commit();
  EXPECT_EQ(contents(path), expected);
}

TEST(AtomicFile, LeavesTheOldFileAndNothingElseWithoutCommit) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.bin";
  std::ofstream(path) << "old";
  {
    auto file = AtomicFile(path);
    file.write(std::string(100000, 'x'));
    EXPECT_EQ(files_in(directory.path()), 2);
  }
  EXPECT_EQ(contents(path), "old");
  EXPECT_EQ(files_in(directory.path()), 1);
}

TEST(AtomicFile, ReplacesTheOldFile) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.bin";
  std::ofstream(path) << "a longer text than the new one";
  auto file = AtomicFile(path);
  file.write("new");
  file.commit();
  EXPECT_EQ(contents(path), "new");
}

TEST(AtomicFile, MayBeWrittenTwiceAtOnceAndTheLastCommitWins) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.bin";
  auto first = AtomicFile(path);
  auto second = AtomicFile(path);
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(contents(path), "first");
  EXPECT_EQ(files_in(directory.path()), 1);
}

TEST(AtomicFile, HasThePermissionsThatTheUmaskLeaves) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(027);
  auto file = AtomicFile(directory / "a.bin");
  file.commit();
  ::umask(before);
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(directory / "a.bin").permissions()),
            0640U);
}

TEST(AtomicFile, NamesTheFileAndTheReasonWhenItCannotBeOpened) {
  const TemporaryDirectory directory;
  const auto missing = directory / "missing" / "a.bin";
  EXPECT_EQ(refusal(missing), missing.string() + ": cannot open: No such file or directory");
  EXPECT_EQ(refusal(directory.path()), directory.path().string() + ": cannot open: Is a directory");
  EXPECT_EQ(refusal(""), ": cannot open: No such file or directory");
}

TEST(AtomicFile, DoesNotReplaceADevice) {
  EXPECT_NE(refusal("/dev/null").find("/dev/null: not a regular file"), std::string::npos);
}

TEST(AtomicFile, RefusesToGoOnAfterCommit) {
  const TemporaryDirectory directory;
  auto file = AtomicFile(directory / "a.bin");
  file.commit();
  EXPECT_THROW(file.write("more"), IoError);
  EXPECT_THROW(file.commit(), IoError);
  EXPECT_EQ(contents(directory / "a.bin"), "");
}

TEST(AtomicFile, ReportsAFullDiskAndLeavesNothing) {
  const TemporaryDirectory directory;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{.rlim_cur = 100000, .rlim_max = before.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);  // EFBIG instead of a signal
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string message;
  try {
    auto file = AtomicFile(directory / "a.bin");
    file.write(std::string(200000, 'x'));
  } catch (const IoError& error) {
    message = error.what();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, (directory / "a.bin").string() + ": cannot write: File too large");
  EXPECT_EQ(files_in(directory.path()), 0);
}

TEST(AtomicFile, IsRemovedWhenTheProgramEndsAtOnce) {
  const TemporaryDirectory directory;
  const auto end = [&directory] {
    const AtomicFile file(directory / "a.bin");
    AtomicFile whole(directory / "whole.bin");
    whole.commit();
    remove_temporaries();
    std::_Exit(files_in(directory.path()) == 1 ? 7 : 8);
  };
  EXPECT_EXIT(end(), ::testing::ExitedWithCode(7), "");
  EXPECT_TRUE(std::filesystem::exists(directory / "whole.bin"));
}

// Where a process has one thread, its signal's handler interrupts whatever that thread is at.
TEST(AtomicFile, IsRemovedWhereverTheSignalComesThatEndsTheProgram) {
  const TemporaryDirectory directory;
  const auto end = [](int) {
    remove_temporaries();
    std::_Exit(3);
  };
  const auto write_files = [&] {
    std::signal(SIGALRM, end);
    ::ualarm(300, 0);
    while (true) AtomicFile(directory / "a.bin");
  };
  for (int i = 0; i < 100; ++i) EXPECT_EXIT(write_files(), testing::ExitedWithCode(3), "");
  EXPECT_EQ(files_in(directory.path()), 0);
}

TEST(AtomicFile, RecognisesWhatAKilledProcessLeaves) {
  const TemporaryDirectory directory;
  auto file = AtomicFile(directory / "part-00000.safetensors");
  const auto left = std::filesystem::directory_iterator(directory.path())->path();
  EXPECT_EQ(AtomicFile::name_behind(left.filename().string()), "part-00000.safetensors");
  for (const char* other : {"part-00000.safetensors", ".hidden", ".a.seqfeat-tmp-1",
                            ".a.seqfeat-tmp-1-", ".seqfeat-tmp-1-1", ".a.seqfeat-tmp-x-1",
                            "a.seqfeat-tmp-1-1", ".a.seqfeat-tmp-1-1.txt", ".a.seqfeat-tmp--1-1"}) {
    EXPECT_EQ(AtomicFile::name_behind(other), std::nullopt) << other;
  }
}

TEST(AtomicFile, TakesOtherFirstBytesBeforeItIsWhole) {
  const TemporaryDirectory directory;
  auto file = AtomicFile(directory / "a.bin");
  file.write("head, ");
  file.write(std::string(100'000, 'x'));
  file.replace_front("HEAD");
  file.sync();
  file.replace_front("Head");
  file.commit();
  EXPECT_EQ(contents(directory / "a.bin"), "Head, " + std::string(100'000, 'x'));
  AtomicFile small(directory / "b.bin");
  small.write("head, body");
  small.replace_front("HEAD");
  small.commit();
  EXPECT_EQ(contents(directory / "b.bin"), "HEAD, body");
}

// As a process of the same number has left it in a container, for example.
TEST(AtomicFile, LeavesAForeignFileAloneThatHasTheNextTemporaryName) {
  const TemporaryDirectory directory;
  const auto end = [&directory] {
    const AtomicFile file(directory / "a.bin");
    const std::string name = std::filesystem::directory_iterator(directory.path())->path().string();
    const std::size_t number = name.rfind('-') + 1;
    const int next = std::stoi(name.substr(number)) + 1;
    std::ofstream(name.substr(0, number) + std::to_string(next)) << "foreign";
    const AtomicFile other(directory / "a.bin");
    const bool three = files_in(directory.path()) == 3;
    remove_temporaries();
    std::_Exit(three && files_in(directory.path()) == 1 ? 7 : 8);
  };
  EXPECT_EXIT(end(), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace seqfeat::test
