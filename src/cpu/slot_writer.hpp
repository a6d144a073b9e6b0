// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cpu/streaming.hpp"

namespace seqfeat::cpu {

/// Writes bytes one behind the other: straight to their place, or past the caches, gathered to
/// whole lines in a small buffer first.
class SlotWriter {
 public:
  /// The most that `room` gives at once where it streams.
  static constexpr std::int64_t kRoom = 65536;

  SlotWriter(void* out, bool streams) noexcept
      : out_(static_cast<std::byte*>(out)), streams_(streams) {
    if (!streams) return;
    // The buffer begins as many bytes into a line as the output does.
    skip_ = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(out)) & (kLineBytes - 1);
    out_ -= skip_;
    used_ = skip_;
  }
  SlotWriter(const SlotWriter&) = delete;
  SlotWriter& operator=(const SlotWriter&) = delete;
  SlotWriter(SlotWriter&&) = delete;
  SlotWriter& operator=(SlotWriter&&) = delete;
  ~SlotWriter() {
    if (!streams_) return;
    flush();
    store_part(used_);
    streaming_done();
  }

  /// Where the next `bytes` bytes are to be written, after which `wrote` is called.
  [[nodiscard]] std::byte* room(std::int64_t bytes) noexcept {
    if (!streams_) return out_;
    if (used_ + bytes > kBuffer) flush();
    return buffer_.data() + used_;
  }
  void wrote(std::int64_t bytes) noexcept {
    if (streams_) {
      used_ += bytes;
    } else {
      out_ += bytes;
    }
  }

  /// True if pieces of `bytes` bytes from here on can be written by `lines`.
  [[nodiscard]] bool takes_lines(std::int64_t bytes) const noexcept {
    return streams_ && (bytes | used_) % kLineBytes == 0;
  }
  /// Writes `bytes` bytes without a stop in the buffer.
  void lines(const void* from, std::int64_t bytes) noexcept {
    if (used_ > 0) flush();
    stream_lines(out_, from, bytes / kLineBytes);
    out_ += bytes;
  }

  /// Writes `bytes` zeros.
  void zeros(std::int64_t bytes) noexcept;

 private:
  static constexpr std::int64_t kBuffer = kRoom + kLineBytes;

  /// Stores the whole lines of the buffer; less than a line is left.
  void flush() noexcept;
  /// Stores bytes [skip_, end) of the buffer, which are less than a line, in the ordinary way.
  void store_part(std::int64_t end) noexcept;

  std::byte* out_;  // the output's next byte; where it streams, of the buffer's first one
  bool streams_;
  std::int64_t used_ = 0;  // bytes of the buffer, and
  std::int64_t skip_ = 0;  // how many in front of them are somebody else's
  alignas(64) std::array<std::byte, kBuffer> buffer_;
};

}  // namespace seqfeat::cpu
