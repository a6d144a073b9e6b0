// SPDX-License-Identifier: Apache-2.0
#include "io/temporaries.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <mutex>
#include <new>
#include <set>

namespace seqfeat {
namespace {

struct List {
  std::mutex mutex;
  std::set<std::string> files;
};

/// Never destroyed: a signal may come while the program ends. Nor allocated, for its handler may be
/// the first who asks.
List& list() {
  alignas(List) static std::array<std::byte, sizeof(List)> memory;
  static List& files = *new (memory.data()) List;
  return files;
}

/// The list, locked. Signals wait meanwhile: their handler could not lock what the thread that it
/// interrupts has locked.
class LockedList {
 public:
  LockedList() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask_before_);
    list().mutex.lock();
  }
  LockedList(const LockedList&) = delete;
  LockedList& operator=(const LockedList&) = delete;
  LockedList(LockedList&&) = delete;
  LockedList& operator=(LockedList&&) = delete;
  ~LockedList() {
    list().mutex.unlock();
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  [[nodiscard]] std::set<std::string>& files() noexcept { return list().files; }

 private:
  sigset_t mask_before_{};
};

}  // namespace

int create_temporary(const std::filesystem::path& file) {
  LockedList known;
  const auto [entry, is_new] = known.files().insert(file.native());
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0 && is_new) known.files().erase(entry);
  return descriptor;
}

void forget_temporary(const std::filesystem::path& file) noexcept {
  LockedList().files().erase(file.native());
}

void remove_temporaries() noexcept {
  List& known = list();
  // Others hold the lock for moments only, or as long as a busy machine keeps them from running. It
  // stays locked here, so that no other thread creates a file afterwards.
  constexpr int kPatience = 1000;
  constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 1'000'000};
  for (int i = 0; !known.mutex.try_lock(); ++i) {
    if (i == kPatience) return;
    ::nanosleep(&kMoment, nullptr);
  }
  for (const std::string& file : known.files) ::unlink(file.c_str());
}

}  // namespace seqfeat
