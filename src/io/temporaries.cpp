// SPDX-License-Identifier: Apache-2.0
#include "io/temporaries.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <mutex>
#include <set>

namespace seqfeat {
namespace {

struct List {
  std::mutex mutex;
  std::set<std::string> files;
};

/// Never destroyed: a signal may come while the program ends.
List& list() {
  static List& files = *new List;  // NOLINT(cppcoreguidelines-owning-memory)
  return files;
}

}  // namespace

int create_temporary(const std::filesystem::path& file) {
  List& known = list();
  const std::lock_guard lock(known.mutex);
  const auto [entry, is_new] = known.files.insert(file.native());
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0 && is_new) known.files.erase(entry);
  return descriptor;
}

void forget_temporary(const std::filesystem::path& file) noexcept {
  List& known = list();
  const std::lock_guard lock(known.mutex);
  known.files.erase(file.native());
}

void remove_temporaries() noexcept {
  List& known = list();
  // Others hold the lock for moments only, unless a signal handler interrupted them. It stays
  // locked here, so that no other thread creates a file afterwards.
  constexpr int kPatience = 1000;
  for (int i = 0; !known.mutex.try_lock(); ++i) {
    if (i == kPatience) return;
    ::sched_yield();
  }
  for (const std::string& file : known.files) ::unlink(file.c_str());
}

}  // namespace seqfeat
