// SPDX-License-Identifier: Apache-2.0
#include "io/directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "io/atomic_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

/// The files of which `fsync` was called, by number.
std::set<ino_t>& synced() {
  static std::set<ino_t> files;
  return files;
}

}  // namespace

/// Stands before the C library's, and notes the call.
extern "C" int fsync(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) == 0) synced().insert(status.st_ino);
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace seqfeat::test {
namespace {

namespace fs = std::filesystem;

bool is_synced(const fs::path& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 && synced().contains(status.st_ino);
}

std::string refusal(const fs::path& directory) {
  try {
    create_directories_synced(directory);
  } catch (const fs::filesystem_error& error) {
    return error.path1().string() + ": " + error.code().message();
  }
  return "nothing";
}

TEST(Directory, SyncsTheParentOfEachDirectoryThatItCreates) {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "there");
  synced().clear();
  create_directories_synced(directory / "there/a/b/c");
  EXPECT_TRUE(fs::is_directory(directory / "there/a/b/c"));
  EXPECT_FALSE(is_synced(directory.path())) << "there was nothing to create in it";
  for (const char* parent : {"there", "there/a", "there/a/b"}) {
    EXPECT_TRUE(is_synced(directory / parent)) << parent;
  }
}

TEST(Directory, SyncsNothingWhereEverythingIsThere) {
  const TemporaryDirectory directory;
  create_directories_synced(directory / "a/b");
  synced().clear();
  create_directories_synced(directory / "a/b");
  create_directories_synced(directory / "a/./b/");
  EXPECT_TRUE(synced().empty());
}

TEST(Directory, TakesPathsOfAnyForm) {
  const TemporaryDirectory directory;
  create_directories_synced(directory / "a/b/");
  create_directories_synced(directory / "a//c/../d");
  for (const char* name : {"a/b", "a/c", "a/d"}) EXPECT_TRUE(fs::is_directory(directory / name));
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  synced().clear();
  create_directories_synced("relative");
  fs::current_path(before);
  EXPECT_TRUE(fs::is_directory(directory / "relative"));
  EXPECT_TRUE(is_synced(directory.path()));
}

TEST(AtomicFile, IsOnTheDiskWithItsEntryBeforeCommitReturns) {
  const TemporaryDirectory directory;
  synced().clear();
  AtomicFile file(directory / "a.bin");
  file.write("first");
  file.commit();
  EXPECT_TRUE(is_synced(directory / "a.bin"));
  EXPECT_TRUE(is_synced(directory.path()));
}

TEST(AtomicFile, IsSyncedAgainForWhatIsWrittenBehindASync) {
  const TemporaryDirectory directory;
  AtomicFile written(directory / "a.bin");
  AtomicFile replaced(directory / "b.bin");
  replaced.write("first");
  written.sync();
  replaced.sync();
  synced().clear();
  written.write("second");
  written.commit();
  replaced.replace_front("FIRST");
  replaced.commit();
  EXPECT_TRUE(is_synced(directory / "a.bin"));
  EXPECT_TRUE(is_synced(directory / "b.bin"));
}

TEST(Directory, NamesWhatItCannotCreate) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "file") << "x";
  const std::string file = (directory / "file").string();
  EXPECT_EQ(refusal(file), file + ": Not a directory");
  EXPECT_EQ(refusal(file + "/a/b"), file + ": Not a directory");
  EXPECT_EQ(refusal("/proc/none/a"), "/proc/none: No such file or directory");
}

}  // namespace
}  // namespace seqfeat::test
