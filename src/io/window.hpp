// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace seqfeat {

/// The contiguous bytes of a stream that were read and are not used yet.
///
/// Memory   Grows only when more than half of it holds bytes that were really read.
class Window {
 public:
  Window() = default;
  /// A view of `bytes`, which are not copied.
  explicit Window(std::string_view bytes) : bytes_(bytes) {}

  /// Valid until `room`.
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  void skip(std::size_t count) noexcept { bytes_.remove_prefix(count); }

  /// Where more bytes may be written; at least a quarter of the window.
  ///
  /// Throws   OutOfMemory.
  [[nodiscard]] std::span<std::byte> room();
  /// The first `count` bytes of the room have been written.
  void added(std::size_t count) noexcept { bytes_ = {bytes_.data(), bytes_.size() + count}; }

 private:
  std::unique_ptr<char[]> memory_;  // NOLINT(modernize-avoid-c-arrays): no zeros before reading
  std::size_t capacity_ = 0;
  std::string_view bytes_;
};

}  // namespace seqfeat
