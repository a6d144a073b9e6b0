// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "cpu/streaming.hpp"

namespace seqfeat::cpu {

/// Writes floats one behind the other: straight to their place, or past the caches, gathered to
/// whole lines in a small buffer first.
class SlotWriter {
 public:
  /// The most that `room` gives at once where it streams.
  static constexpr std::int64_t kRoom = 8192;

  SlotWriter(float* out, bool streams) noexcept : out_(out), streams_(streams) {
    if (!streams) return;
    // The buffer begins as many floats into a line as the output does.
    skip_ = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(out) / sizeof(float)) &
            (kLineFloats - 1);
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

  /// Where the next `floats` floats are to be written, after which `wrote` is called.
  [[nodiscard]] float* room(std::int64_t floats) noexcept {
    if (!streams_) return out_;
    if (used_ + floats > kBuffer) flush();
    return buffer_.data() + used_;
  }
  void wrote(std::int64_t floats) noexcept {
    if (streams_) {
      used_ += floats;
    } else {
      out_ += floats;
    }
  }

  /// True if pieces of `floats` floats from here on can be written by `lines`.
  [[nodiscard]] bool takes_lines(std::int64_t floats) const noexcept {
    return streams_ && (floats | used_) % kLineFloats == 0;
  }
  /// Writes `floats` floats without a stop in the buffer.
  void lines(const float* from, std::int64_t floats) noexcept {
    if (used_ > 0) flush();
    stream_lines(out_, from, floats / kLineFloats);
    out_ += floats;
  }

  /// Writes `floats` zeros.
  void zeros(std::int64_t floats) noexcept;

 private:
  static constexpr std::int64_t kBuffer = kRoom + kLineFloats;

  /// Stores the whole lines of the buffer; less than a line is left.
  void flush() noexcept;
  /// Stores floats [skip_, end) of the buffer, which are less than a line, in the ordinary way.
  void store_part(std::int64_t end) noexcept;

  float* out_;  // the output's next float; where it streams, of the buffer's first one
  bool streams_;
  std::int64_t used_ = 0;  // floats of the buffer, and
  std::int64_t skip_ = 0;  // how many in front of them are somebody else's
  alignas(64) std::array<float, kBuffer> buffer_;
};

}  // namespace seqfeat::cpu
