// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "seqfeat/backend.hpp"
#include "tests/golden/golden_case.hpp"

// The table of kinds. A new kind is one file with a KindEntry in it.

namespace seqfeat::golden {

/// How cases of one kind are run.
struct Kind {
  /// Cases that touch no backend are run once; those that train, on backends that do.
  enum class On : std::uint8_t { none, every_backend, those_that_train } on;
  /// Throws Difference if the answer differs, anything else if it could not be had.
  void (*run)(const Case&, const Backend&);
};

/// Every kind that this binary knows.
[[nodiscard]] std::map<std::string, Kind, std::less<>>& kinds();

/// Enters a kind into the table.
struct KindEntry {
  KindEntry(std::string_view name, Kind kind) { kinds().emplace(name, kind); }
};

inline constexpr Kind::On kOnEveryBackend = Kind::On::every_backend;
inline constexpr Kind::On kOnce = Kind::On::none;
inline constexpr Kind::On kWhereItTrains = Kind::On::those_that_train;

}  // namespace seqfeat::golden
