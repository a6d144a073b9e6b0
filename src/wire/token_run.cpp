// SPDX-License-Identifier: Apache-2.0
#include "wire/token_run.hpp"

#include <algorithm>
#include <cstring>

#include "wire/cursor.hpp"

namespace seqfeat::wire {
namespace {

constexpr std::ptrdiff_t kVector = 16;  // bytes copied at once, if the list has as many

}  // namespace

TokenRun copy_run_plain(std::string_view list, const Ragged::StringRoom& room) noexcept {
  const char* at = list.data();
  const char* const end = at + list.size();
  std::byte* out = room.bytes;
  std::int64_t* ends = room.ends;
  while (end - at >= 2 && static_cast<std::uint8_t>(at[0]) == tag(1, Type::bytes)) {
    const std::ptrdiff_t size = static_cast<std::uint8_t>(at[1]);
    const char* const text = at + 2;
    if (size > 127 || size > end - text) break;
    if (size <= kVector && end - text >= kVector) {
      std::memcpy(out, text, kVector);
    } else {
      std::copy_n(reinterpret_cast<const std::byte*>(text), size, out);
    }
    out += size;
    *ends++ = room.begin + (out - room.bytes);
    at = text + size;
  }
  return {static_cast<std::size_t>(ends - room.ends), static_cast<std::size_t>(out - room.bytes),
          at};
}

TokenRun copy_run(std::string_view list, const Ragged::StringRoom& room) noexcept {
  static const bool kWide = has_copy_run_avx512();
  return kWide ? copy_run_avx512(list, room) : copy_run_plain(list, room);
}

}  // namespace seqfeat::wire
