// SPDX-License-Identifier: Apache-2.0
#include "run/json_quoted.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "spec/utf8.hpp"

namespace seqfeat::run {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighs = 0x8080808080808080U;

/// Eight bytes, with zeros behind the end of the text; a zero ends any string.
std::uint64_t word_at(const char* at, const char* end) noexcept {
  std::uint64_t word = 0;
  if (end - at >= 8) {
    std::memcpy(&word, at, 8);
  } else {
    std::memcpy(&word, at, static_cast<std::size_t>(end - at));
  }
  return word;
}

/// Marks, by its highest bit, each byte that is `"`, `\` or below a space. A borrow may also mark
/// bytes above a marked one, so only the lowest mark is certain.
std::uint64_t stops_in(std::uint64_t word) noexcept {
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t slash = word ^ (kOnes * '\\');
  return (((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash) |
          ((word - kOnes * ' ') & ~word)) &
         kHighs;
}

/// Four hexadecimal digits, or -1.
std::int32_t hex4(const char* at, const char* end) noexcept {
  if (end - at < 4) return -1;
  std::int32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9') {
      code = code * 16 + (c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      code = code * 16 + (lower - 'a' + 10);
    } else {
      return -1;
    }
  }
  return code;
}

/// Writes a code point as UTF-8; at most four bytes.
char* put_utf8(std::uint32_t code, char* out) noexcept {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  const auto tail = [&](unsigned shift) { put(0x80U | ((code >> shift) & 0x3fU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    put(0xe0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    put(0xf0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
  return out;
}

struct Unescaped {
  const char* at;  ///< Behind the escape; null if it is malformed.
  char* out;
};

/// `\uXXXX` from its digits on, or two of them that make one code point.
Unescaped unescape_code(const char* at, const char* end, char* out) noexcept {
  const std::int32_t first = hex4(at, end);
  at += 4;
  if (first < 0 || (first >= 0xdc00 && first < 0xe000)) return {nullptr, out};
  auto code = static_cast<std::uint32_t>(first);
  if (first >= 0xd800 && first < 0xdc00) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return {nullptr, out};
    const std::int32_t second = hex4(at + 2, end);
    if (second < 0xdc00 || second >= 0xe000) return {nullptr, out};
    code = 0x10000U + ((code - 0xd800U) << 10U) + (static_cast<std::uint32_t>(second) - 0xdc00U);
    at += 6;
  }
  return {at, put_utf8(code, out)};
}

/// The escape whose backslash is at `at`, as text; at most four bytes.
Unescaped unescape(const char* at, const char* end, char* out) noexcept {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (end - at < 2) return {nullptr, out};
  if (at[1] == 'u') return unescape_code(at + 2, end, out);
  const std::size_t which = kNames.find(at[1]);
  if (which == std::string_view::npos) return {nullptr, out};
  *out = kMeant[which];
  return {at + 2, out + 1};
}

/// The opening quote of the next string in a list, or null; `at` is behind a closing quote.
const char* next_quote(const char* at, const char* end) noexcept {
  while (at != end && is_json_space(*at)) ++at;
  if (at == end || *at != ',') return nullptr;
  do {
    ++at;
  } while (at != end && is_json_space(*at));
  return at != end && *at == '"' ? at : nullptr;
}

}  // namespace

const char* end_of_quoted(const char* at, const char* end, bool& escaped) noexcept {
  for (;;) {
    const std::uint64_t stops = stops_in(word_at(at, end));
    if (stops == 0) {
      at += 8;
      continue;
    }
    at += std::countr_zero(stops) / 8;
    if (at >= end) return nullptr;
    if (*at == '"') return at;
    std::array<char, 4> unused{};
    if (*at != '\\' || (at = unescape(at, end, unused.data()).at) == nullptr) return nullptr;
    escaped = true;
  }
}

QuotedRun copy_quoted(const char* at, const char* end, const Ragged::StringRoom& room,
                      std::size_t bytes) noexcept {
  char* const begin = reinterpret_cast<char*>(room.bytes);
  const char* const limit = begin + bytes;
  char* out = begin;
  QuotedRun run;
  for (;;) {
    const char* from = at + 1;
    char* to = out;
    std::uint64_t all = 0;  // of the bytes as they are written
    for (;;) {
      if (to > limit) return run;
      const std::uint64_t word = word_at(from, end);
      std::memcpy(to, &word, 8);
      const std::uint64_t stops = stops_in(word);
      if (stops == 0) {
        all |= word;
        from += 8;
        to += 8;
        continue;
      }
      const std::uint64_t lowest = stops & (0 - stops);
      const int size = std::countr_zero(stops) / 8;
      all |= word & ((lowest >> 7U) - 1);
      from += size;
      to += size;
      if (from >= end) return run;
      if (*from == '"') break;
      if (*from != '\\') return run;
      const Unescaped next = unescape(from, end, to);
      if (next.at == nullptr) return run;
      from = next.at;
      to = next.out;
    }
    const bool plain = (all & kHighs) == 0;
    if (!plain && !is_utf8({out, static_cast<std::size_t>(to - out)})) return run;
    out = to;
    run.bytes = static_cast<std::size_t>(out - begin);
    room.ends[run.count++] = room.begin + static_cast<std::int64_t>(run.bytes);
    run.end = from + 1;
    if (run.count == kQuotedCount) return run;
    const char* const next = next_quote(run.end, end);
    if (next == nullptr) return run;
    at = next;
  }
}

}  // namespace seqfeat::run
