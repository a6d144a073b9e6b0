// SPDX-License-Identifier: Apache-2.0
#include "io/window.hpp"

#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

constexpr std::size_t kFirstBytes = std::size_t{1} << 20;

std::unique_ptr<char[]> allocate(std::size_t bytes) {  // NOLINT(modernize-avoid-c-arrays)
  try {
    return std::make_unique_for_overwrite<char[]>(bytes);  // NOLINT(modernize-avoid-c-arrays)
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(
        "no memory for a record or line of more than " + std::to_string(bytes / 4) + " bytes",
        static_cast<std::int64_t>(bytes));
  }
}

}  // namespace

std::span<std::byte> Window::room() {
  if (memory_ == nullptr) {
    memory_ = allocate(kFirstBytes);
    capacity_ = kFirstBytes;
    bytes_ = {memory_.get(), 0};
  }
  const auto used = static_cast<std::size_t>(bytes_.data() + bytes_.size() - memory_.get());
  if (bytes_.empty()) {
    bytes_ = {memory_.get(), 0};
  } else if (capacity_ - used < capacity_ / 4) {
    if (bytes_.size() <= capacity_ / 2) {
      std::memmove(memory_.get(), bytes_.data(), bytes_.size());
    } else {
      auto larger = allocate(2 * capacity_);
      std::memcpy(larger.get(), bytes_.data(), bytes_.size());
      memory_ = std::move(larger);
      capacity_ *= 2;
    }
    bytes_ = {memory_.get(), bytes_.size()};
  }
  char* const end = memory_.get() + (bytes_.data() - memory_.get()) + bytes_.size();
  return std::as_writable_bytes(std::span(end, memory_.get() + capacity_));
}

}  // namespace seqfeat
