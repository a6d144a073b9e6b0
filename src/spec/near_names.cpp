// SPDX-License-Identifier: Apache-2.0
#include "spec/near_names.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "backend/text.hpp"

namespace seqfeat {
namespace {

constexpr std::size_t kCompared = 128;  // bounds the work on hostile names

using detail::lower;

std::size_t rank(std::string_view name, std::string_view other) {
  const std::size_t distance = edit_distance(name, other);
  const bool goes_on = !name.empty() && (other.starts_with(name) || name.starts_with(other));
  return goes_on ? std::min<std::size_t>(distance, 1) : distance;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kCompared);
  b = b.substr(0, kCompared);
  // Three rows of the table over prefixes: two back for swaps, one back, and the current one.
  std::array<std::array<std::size_t, kCompared + 1>, 3> rows{};
  std::iota(rows[0].begin(), rows[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& now = rows[i % 3];
    const auto& back = rows[(i + 2) % 3];
    const auto& back2 = rows[(i + 1) % 3];
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      now[j] = std::min({back[j] + 1, now[j - 1] + 1, back[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        now[j] = std::min(now[j], back2[j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::vector<std::string_view> near_names(std::string_view name,
                                         std::span<const std::string_view> known,
                                         std::size_t most) {
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  ranked.reserve(known.size());
  for (const std::string_view other : known) ranked.emplace_back(rank(name, other), other);
  const std::size_t count = std::min(most, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count),
                    ranked.end());
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(ranked[i].second);
  return out;
}

std::string alternatives(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += '\'';
    out += names[i];
    out += '\'';
  }
  return out;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known,
                         std::size_t most) {
  if (known.empty()) return {};
  return "; did you mean " + alternatives(near_names(name, known, most)) + "?";
}

}  // namespace seqfeat
