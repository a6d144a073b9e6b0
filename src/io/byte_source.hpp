// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/descriptor.hpp"
#include "io/inflater.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat {

/// The file cannot be opened or read, whatever it holds: missing, no permission, a directory.
class UnreadableFile : public DataError {
 public:
  using DataError::DataError;
};

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

/// The bytes of a file, of standard input or of memory, inflated where they are compressed.
///
/// Memory   Blocks of a megabyte; more only if a `peek` asks for more and the source has it.
/// Throws   DataError naming the source, the offset of the first unused byte, and the reason;
///          UnreadableFile if the system refuses.
class ByteSource {
 public:
  /// Opens `file`; "-" is standard input. A missing or unreadable file or a directory is refused.
  explicit ByteSource(const std::filesystem::path& file,
                      Compression compression = Compression::automatic);
  /// Reads memory that outlives the source; `name` stands for the file in messages.
  ByteSource(std::string_view bytes, Compression compression, std::string name);

  /// Inflates the bytes. Only for a source opened with `none`, before anything is skipped.
  void inflate(Compression compression);

  /// At least `count` contiguous bytes, or all that are left. Valid until the next `peek`. A broken
  /// stream throws when the bytes before the damage are fewer than `count`.
  [[nodiscard]] std::string_view peek(std::size_t count) {
    if (bytes_.bytes().size() < count) read_until(count);
    return bytes_.bytes();
  }
  /// Skips `count` bytes, which a `peek` has returned.
  void skip(std::size_t count) noexcept {
    bytes_.skip(count);
    offset_ += static_cast<std::int64_t>(count);
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool compressed() const noexcept { return inflater_.has_value(); }
  /// How many (inflated) bytes were used up.
  [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }

 private:
  void read_until(std::size_t count);
  /// Each adds bytes to a window, or returns false at the end.
  bool read_into(Window& window);
  bool inflate_more();
  [[noreturn]] void fail(std::string_view reason) const;

  std::string name_;
  Descriptor file_;    // none for memory
  Window bytes_;       // as the user sees them
  Window compressed_;  // as the file holds them, if an inflater stands between
  std::optional<Inflater> inflater_;
  std::int64_t offset_ = 0;
};

}  // namespace seqfeat
