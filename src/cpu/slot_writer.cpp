// SPDX-License-Identifier: Apache-2.0
#include "cpu/slot_writer.hpp"

#include <cstring>

namespace seqfeat::cpu {
namespace {

void copy(float* to, const float* from, std::int64_t floats) noexcept {
  std::memcpy(to, from, static_cast<std::size_t>(floats) * sizeof(float));
}
void zero(float* to, std::int64_t floats) noexcept {
  std::memset(to, 0, static_cast<std::size_t>(floats) * sizeof(float));
}

}  // namespace

void SlotWriter::zeros(std::int64_t floats) noexcept {
  if (!streams_) {
    zero(out_, floats);
    out_ += floats;
    return;
  }
  const std::int64_t line_rest = -used_ & (kLineFloats - 1);
  if (floats <= line_rest) {
    zero(buffer_.data() + used_, floats);
    used_ += floats;
    return;
  }
  zero(buffer_.data() + used_, line_rest);
  used_ += line_rest;
  flush();
  const std::int64_t lines = (floats - line_rest) / kLineFloats;
  stream_zeros(out_, lines);
  out_ += lines * kLineFloats;
  used_ = floats - line_rest - lines * kLineFloats;
  zero(buffer_.data(), used_);
}

void SlotWriter::flush() noexcept {
  const std::int64_t lines = used_ / kLineFloats;
  if (lines == 0) return;
  const std::int64_t shared = skip_ > 0 ? 1 : 0;
  if (shared > 0) store_part(kLineFloats);
  stream_lines(out_ + shared * kLineFloats, buffer_.data() + shared * kLineFloats, lines - shared);
  out_ += lines * kLineFloats;
  used_ -= lines * kLineFloats;
  skip_ = 0;
  copy(buffer_.data(), buffer_.data() + lines * kLineFloats, used_);
}

void SlotWriter::store_part(std::int64_t end) noexcept {
  copy(out_ + skip_, buffer_.data() + skip_, end - skip_);
}

}  // namespace seqfeat::cpu
