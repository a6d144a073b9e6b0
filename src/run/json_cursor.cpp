// SPDX-License-Identifier: Apache-2.0
#include "run/json_cursor.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <vector>

#include "run/json_quoted.hpp"
#include "spec/utf8.hpp"

namespace seqfeat::run {
namespace {

constexpr int kDeepest = 32;  // below kMaxJsonDepth: deeper values are left to the library

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// from_chars without what JSON forbids, leading zeros. Also refuses "-0", for the library to read.
template <class Integer>
const char* integer_at(const char* at, const char* end, Integer& value) noexcept {
  const char* const digits = at + (at != end && *at == '-' ? 1 : 0);
  if (end - digits > 1 && digits[0] == '0' && is_digit(digits[1])) return nullptr;
  if (digits != at && digits != end && *digits == '0') return nullptr;
  const auto [stop, error] = std::from_chars(at, end, value);
  if (error != std::errc{}) return nullptr;
  const bool real = stop != end && (*stop == '.' || *stop == 'e' || *stop == 'E');
  return real ? nullptr : stop;
}

/// Whether float64 holds the number; others are left to the library.
bool is_float64(std::string_view number) noexcept {
  if (number.size() < 300 && number.find_first_of("eE") == std::string_view::npos) return true;
  double value = 0;
  return std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc{};
}

}  // namespace

void JsonCursor::skip_space() noexcept {
  while (at_ != end_ && is_json_space(*at_)) ++at_;
}

bool JsonCursor::at_end() noexcept {
  skip_space();
  return at_ == end_;
}

bool JsonCursor::next_is(char c) noexcept {
  skip_space();
  return at_ != end_ && *at_ == c;
}

bool JsonCursor::take(char c) noexcept {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

bool JsonCursor::take_word(std::string_view word) noexcept {
  skip_space();
  if (!std::string_view(at_, end_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

bool JsonCursor::take_text(std::string_view& text) noexcept {
  bool escaped = false;
  return take_quoted(text, escaped) && !escaped;
}

bool JsonCursor::take_key(std::string_view& key) noexcept {
  return take_text(key) && take(':');
}

template <class Integer>
bool JsonCursor::take_integer(Integer& value) noexcept {
  skip_space();
  const char* const stop = integer_at(at_, end_, value);
  if (stop == nullptr) return false;
  at_ = stop;
  return true;
}
template bool JsonCursor::take_integer(std::int64_t& value) noexcept;
template bool JsonCursor::take_integer(std::uint64_t& value) noexcept;

bool JsonCursor::take_number(std::string_view& text) noexcept {
  skip_space();
  const char* at = at_;
  const auto digits = [&] {
    const char* const first = at;
    while (at != end_ && is_digit(*at)) ++at;
    return at != first;
  };
  if (at != end_ && *at == '-') ++at;
  if (at != end_ && *at == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at != end_ && *at == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at != end_ && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end_ && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return false;
  }
  text = {at_, at};
  at_ = at;
  return true;
}

bool JsonCursor::take_quoted(std::string_view& raw, bool& escaped) noexcept {
  if (!take('"')) return false;
  const char* const stop = end_of_quoted(at_, end_, escaped);
  if (stop == nullptr) return false;
  raw = {at_, stop};
  at_ = stop + 1;
  return is_utf8(raw);
}

bool JsonCursor::take_strings(Ragged& batch) {
  if (!next_is('"')) return false;
  // Room for a usual run of them; if the first string is longer, room for all that is left.
  for (const std::size_t most : {kQuotedBytes, static_cast<std::size_t>(end_ - at_)}) {
    const auto room = batch.string_room(kQuotedCount, most + kQuotedSlack);
    const QuotedRun run = copy_quoted(at_, end_, room, most);
    if (run.count == 0) continue;
    batch.add_written(run.count, run.bytes);
    at_ = run.end;
    return true;
  }
  return false;
}

bool JsonCursor::take_any(int depth) {
  skip_space();
  if (at_ == end_ || depth == kDeepest) return false;
  std::string_view text;
  bool escaped = false;
  switch (*at_) {
    case '"':
      return take_quoted(text, escaped);
    case '[':
      return take_any_list(depth);
    case '{':
      return take_any_object(depth);
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      return take_number(text) && is_float64(text);
  }
}

bool JsonCursor::take_any_list(int depth) {
  ++at_;
  if (take(']')) return true;
  do {
    if (!take_any(depth + 1)) return false;
  } while (take(','));
  return take(']');
}

bool JsonCursor::take_any_object(int depth) {
  ++at_;
  if (take('}')) return true;
  std::vector<std::string_view> keys;
  do {
    if (!take_key(keys.emplace_back()) || !take_any(depth + 1)) return false;
  } while (take(','));
  return take('}') && !has_twice(keys);
}

bool has_twice(std::vector<std::string_view>& names) {
  if (names.size() < 2) return false;
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace seqfeat::run
