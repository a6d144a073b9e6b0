// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "run/inspect.hpp"

// What `seqfeat inspect` prints. `top` is how many of the most frequent tokens it compares.

namespace seqfeat::cli {

/// One line of JSON (docs/formats.md says what is in it).
[[nodiscard]] std::string inspect_json(const run::Inspection& inspection, std::int64_t top);

/// Pictures and figures for a terminal.
[[nodiscard]] std::string inspect_text(const run::Inspection& inspection, std::int64_t top);

/// The lengths that a bin of `FeatureTally::lengths` counts.
struct LengthRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};
[[nodiscard]] LengthRange length_range(std::size_t bin) noexcept;

/// The bins up to the last one that counts a row.
[[nodiscard]] std::size_t used_bins(const run::FeatureTally& feature) noexcept;

}  // namespace seqfeat::cli
