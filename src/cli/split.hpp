// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seqfeat::cli {

/// The items of a list like `a,b`; of an empty text none. (CLI11's own lists would take the
/// arguments behind them too.)
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

}  // namespace seqfeat::cli
