// SPDX-License-Identifier: Apache-2.0
#include "cpu/slot_writer.hpp"

#include <cstring>

namespace seqfeat::cpu {
namespace {

void copy_bytes(std::byte* to, const std::byte* from, std::int64_t bytes) noexcept {
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
}
void zero_bytes(std::byte* to, std::int64_t bytes) noexcept {
  std::memset(to, 0, static_cast<std::size_t>(bytes));
}

}  // namespace

void SlotWriter::zeros(std::int64_t bytes) noexcept {
  if (!streams_) {
    zero_bytes(out_, bytes);
    out_ += bytes;
    return;
  }
  const std::int64_t line_rest = -used_ & (kLineBytes - 1);
  if (bytes <= line_rest) {
    zero_bytes(buffer_.data() + used_, bytes);
    used_ += bytes;
    return;
  }
  zero_bytes(buffer_.data() + used_, line_rest);
  used_ += line_rest;
  flush();
  const std::int64_t lines = (bytes - line_rest) / kLineBytes;
  stream_zeros(out_, lines);
  out_ += lines * kLineBytes;
  used_ = bytes - line_rest - lines * kLineBytes;
  zero_bytes(buffer_.data(), used_);
}

void SlotWriter::flush() noexcept {
  const std::int64_t lines = used_ / kLineBytes;
  if (lines == 0) return;
  const std::int64_t shared = skip_ > 0 ? 1 : 0;
  if (shared > 0) store_part(kLineBytes);
  stream_lines(out_ + shared * kLineBytes, buffer_.data() + shared * kLineBytes, lines - shared);
  out_ += lines * kLineBytes;
  used_ -= lines * kLineBytes;
  skip_ = 0;
  copy_bytes(buffer_.data(), buffer_.data() + lines * kLineBytes, used_);
}

void SlotWriter::store_part(std::int64_t end) noexcept {
  copy_bytes(out_ + skip_, buffer_.data() + skip_, end - skip_);
}

}  // namespace seqfeat::cpu
