// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "io/descriptor.hpp"

namespace seqfeat::run {

inline constexpr const char* kLockName = ".seqfeat-lock";

/// Lets one run at a time use a directory. The system frees the lock when its holder ends, however
/// it ends. The lock file stays and says who held it last.
class DirectoryLock {
 public:
  /// Takes the lock. If the file system has no locks, calls `warn` and goes on without.
  ///
  /// Throws   InvalidArgument naming the holder if another run has it, or if the directory cannot
  ///          be written to.
  DirectoryLock(const std::filesystem::path& directory,
                const std::function<void(const std::string&)>& warn);

 private:
  Descriptor file_;
};

}  // namespace seqfeat::run
