// SPDX-License-Identifier: Apache-2.0
#include "backend/host_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();

/// The first number of a file of the system's, or kUnknown ("max" is not a number).
std::int64_t number_in(const char* file) {
  std::ifstream in(file);
  std::int64_t value = 0;
  return in >> value ? value : kUnknown;
}

std::int64_t machine_bytes() {
  std::ifstream in("/proc/meminfo");
  std::string word;
  while (in >> word) {
    std::int64_t kilobytes = 0;
    if (word == "MemAvailable:" && in >> kilobytes) return kilobytes * 1024;
  }
  return kUnknown;
}

std::int64_t cgroup_bytes() {
  const std::int64_t limit = number_in("/sys/fs/cgroup/memory.max");
  const std::int64_t used = number_in("/sys/fs/cgroup/memory.current");
  return limit == kUnknown || used == kUnknown ? kUnknown : std::max<std::int64_t>(limit - used, 0);
}

}  // namespace

std::int64_t available_host_bytes() {
  return std::min(machine_bytes(), cgroup_bytes());
}

void require_host_memory(std::int64_t bytes, const std::string& what) {
  const std::int64_t available = available_host_bytes();
  if (bytes > available) {
    throw OutOfMemory(concat(what, ": needs ", bytes, " bytes, and ", available, " are available"),
                      bytes);
  }
}

void prefer_huge_pages([[maybe_unused]] void* memory,
                       [[maybe_unused]] std::int64_t bytes) noexcept {
#ifdef MADV_HUGEPAGE
  if (bytes < kHugePage) return;
  // Whole pages only: the system wants the first one's beginning.
  constexpr std::uintptr_t kPage = 4096;
  const std::uintptr_t before = -reinterpret_cast<std::uintptr_t>(memory) & (kPage - 1);
  static_cast<void>(::madvise(static_cast<char*>(memory) + before,
                              static_cast<std::size_t>(bytes) - before, MADV_HUGEPAGE));
#endif
}

}  // namespace seqfeat::detail
