// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace seqfeat::run {

/// What was found to be whole.
struct Verified {
  std::int64_t parts = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

/// Compares a finished run with its manifest: that every part is there, its size, its CRC, and its
/// tensors with the spec and the options.
///
/// Memory   Parts are mapped, one at a time.
/// Throws   DataError naming the first part that is not whole and what is wrong with it, or that
///          there is no manifest.
[[nodiscard]] Verified verify(const std::filesystem::path& directory);

}  // namespace seqfeat::run
