// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Stores that go past the caches, for outputs too large to be found there again: they need not
// fetch the lines that they overwrite. Other threads see them after `streaming_done`.

namespace seqfeat::cpu {

/// Bytes of a cache line; whole lines are what is streamed.
inline constexpr std::int64_t kLineBytes = 64;

/// Whether half a line is stored at once, where it may be; else a quarter.
[[nodiscard]] bool has_wide_stores() noexcept;

/// Copies `lines` lines; `to` begins a line. `wide` stores only where there are any; tests ask for
/// both ways.
void stream_lines(void* to, const void* from, std::int64_t lines,
                  bool wide = has_wide_stores()) noexcept;
/// Zeros in `lines` lines; `to` begins a line.
void stream_zeros(void* to, std::int64_t lines, bool wide = has_wide_stores()) noexcept;
/// Orders the streamed stores before whatever the thread stores next.
void streaming_done() noexcept;

}  // namespace seqfeat::cpu
