// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

// Small readers of text that every stage shares.

namespace seqfeat::detail {

/// The number that all of `text` spells. Nothing if it is not a number or does not fit T.
template <class T>
[[nodiscard]] std::optional<T> number_in(std::string_view text) noexcept {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// The items of a comma-separated list; none for an empty text. (CLI11's own lists would also take
/// the arguments behind them.)
[[nodiscard]] inline std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) items.emplace_back();
  }
  return items;
}

/// The letter in lower case; only ASCII has cases here.
[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// What the system says about an `errno`.
[[nodiscard]] inline std::string system_reason(int error) {
  return std::generic_category().message(error);
}

}  // namespace seqfeat::detail
