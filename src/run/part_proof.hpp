// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "run/part.hpp"

// Parts that an earlier run left: which are kept, and which are made again.

namespace seqfeat::run {

/// What the header of a part says.
struct PartHeader {
  Metadata metadata;
  bool intact = false;  ///< It has the CRC that it says.
};

/// Reads the header of a safetensors file, whole or cut behind it; nothing if the file is none, or
/// none that a run wrote.
[[nodiscard]] std::optional<PartHeader> read_part_header(const std::filesystem::path& file);

/// The rows and tokens of a part by its metadata.
struct PartCounts {
  std::int64_t rows = 0;
  std::int64_t tokens = 0;
  std::int64_t first_row = 0;
};
[[nodiscard]] PartCounts counts_of(const Metadata& metadata);

/// Reads the part `source.index` whole and compares its bytes with what its metadata say, and those
/// with `source`. Nothing if it is damaged, or is the short last part of less input: then it is to
/// be made again.
///
/// Throws   InvalidArgument naming the first input in which it was made from something else.
[[nodiscard]] std::optional<PartInfo> proven_part(const std::filesystem::path& directory,
                                                  const PartSource& source,
                                                  const Metadata& metadata,
                                                  std::int64_t batch_size);

}  // namespace seqfeat::run
