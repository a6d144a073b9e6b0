// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace seqfeat::test {

/// Bytes right before memory that nobody may touch.
class AtTheEdge {
 public:
  AtTheEdge(const void* bytes, std::size_t size)
      : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))),
        size_((size / page_ + 2) * page_),
        memory_(static_cast<char*>(
            ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    ::mprotect(memory_ + size_ - page_, page_, PROT_NONE);
    begin_ = memory_ + size_ - page_ - size;
    if (size > 0) std::memcpy(begin_, bytes, size);
  }
  AtTheEdge(const AtTheEdge&) = delete;
  AtTheEdge& operator=(const AtTheEdge&) = delete;
  AtTheEdge(AtTheEdge&&) = delete;
  AtTheEdge& operator=(AtTheEdge&&) = delete;
  ~AtTheEdge() { ::munmap(memory_, size_); }

  [[nodiscard]] const char* begin() const { return begin_; }

 private:
  std::size_t page_;
  std::size_t size_;
  char* memory_;
  char* begin_;
};

}  // namespace seqfeat::test
