// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace seqfeat::run {

/// The parts of a whole run, counted.
struct Verified {
  std::int64_t parts = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

/// Checks a finished run against its manifest: every part's size and CRC, and its tensors against
/// the spec and the options.
///
/// Memory   Parts are mapped, one at a time.
/// Throws   DataError naming the first part with a fault and the fault, or if there is no manifest.
[[nodiscard]] Verified verify(const std::filesystem::path& directory);

}  // namespace seqfeat::run
