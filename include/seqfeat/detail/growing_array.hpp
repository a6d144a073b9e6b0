// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace seqfeat::detail {

/// An array that grows at its end without setting new elements: the caller writes them in place and
/// then counts them. A vector would fill them with zeros first.
///
/// Memory   At most twice what was asked for; kept by `cut`.
template <class T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  GrowingArray() = default;
  GrowingArray(const GrowingArray& other) { append(other); }
  GrowingArray(GrowingArray&& other) noexcept
      : memory_(std::move(other.memory_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  GrowingArray& operator=(const GrowingArray& other) { return *this = GrowingArray(other); }
  GrowingArray& operator=(GrowingArray&& other) noexcept {
    memory_.swap(other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~GrowingArray() = default;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const T* data() const noexcept { return memory_.get(); }
  [[nodiscard]] const T& back() const noexcept { return memory_[size_ - 1]; }

  /// Where `count` more elements may be written; valid until the next call.
  [[nodiscard]] T* room(std::size_t count) {
    if (count > capacity_ - size_) grow(count);
    return memory_.get() + size_;
  }
  /// The first `count` elements of the room have been written.
  void added(std::size_t count) noexcept { size_ += count; }

  void push_back(T value) {
    *room(1) = value;
    added(1);
  }
  void append(std::span<const T> values) {
    if (values.empty()) return;
    std::memcpy(room(values.size()), values.data(), values.size_bytes());
    added(values.size());
  }
  /// Drops all but the first `size` elements.
  void cut(std::size_t size) noexcept { size_ = size; }

  // As a range.
  [[nodiscard]] const T* begin() const noexcept { return memory_.get(); }
  [[nodiscard]] const T* end() const noexcept { return memory_.get() + size_; }

 private:
  void grow(std::size_t count) {
    constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T);
    if (count > kMost - size_) throw std::bad_array_new_length();
    const std::size_t capacity = std::max(size_ + count, 2 * size_);
    auto larger =
        std::make_unique_for_overwrite<T[]>(capacity);  // NOLINT(modernize-avoid-c-arrays)
    if (size_ > 0) std::memcpy(larger.get(), memory_.get(), size_ * sizeof(T));
    memory_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<T[]> memory_;  // NOLINT(modernize-avoid-c-arrays): no zeros before writing
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace seqfeat::detail
