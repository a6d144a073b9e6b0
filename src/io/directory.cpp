// SPDX-License-Identifier: Apache-2.0
#include "io/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "backend/concat.hpp"
#include "io/descriptor.hpp"

namespace seqfeat {
namespace {

[[noreturn]] void fail(const std::filesystem::path& directory, std::string_view action,
                       int reason) {
  throw std::filesystem::filesystem_error(detail::concat("cannot ", action), directory,
                                          std::error_code(reason, std::generic_category()));
}

bool exists_as_directory(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

int sync_entry(const std::filesystem::path& file) {
  const std::filesystem::path parent = file.parent_path();
  const Descriptor directory(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return 0;  // may be written to, but not read
  return ::fsync(directory.get()) == 0 || errno == EINVAL ? 0 : errno;
}

void create_directories_synced(const std::filesystem::path& directory) {
  std::filesystem::path made;
  for (const std::filesystem::path& name : directory) {
    if (name.empty()) continue;  // behind a slash at the end
    made /= name;
    if (exists_as_directory(made)) continue;
    if (::mkdir(made.c_str(), 0777) != 0) {
      const int reason = errno;
      if (reason == EEXIST && exists_as_directory(made)) continue;  // another process was quicker
      fail(made, "create this directory", reason == EEXIST ? ENOTDIR : reason);
    }
    if (const int reason = sync_entry(made); reason != 0) {
      fail(made, "sync the directory above it", reason);
    }
  }
}

}  // namespace seqfeat
