// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "seqfeat/backend.hpp"
#include "tests/golden/golden_case.hpp"

// The table of kinds. A new kind is one file with a KindEntry in it.

namespace seqfeat::golden {

/// How cases of one kind are run.
struct Kind {
  /// Cases that touch no backend are run once.
  bool touches_backend;
  /// Throws Difference if the answer differs, anything else if it could not be had.
  void (*run)(const Case&, const Backend&);
};

/// Every kind that this binary knows.
[[nodiscard]] std::map<std::string, Kind, std::less<>>& kinds();

/// Enters a kind into the table.
struct KindEntry {
  KindEntry(std::string_view name, Kind kind) { kinds().emplace(name, kind); }
};

inline constexpr bool kOnEveryBackend = true;
inline constexpr bool kOnce = false;

}  // namespace seqfeat::golden
