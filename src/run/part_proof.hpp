// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "run/part.hpp"

// Parts that an earlier run left: which are kept, and which are made again.

namespace seqfeat::run {

/// The metadata of a safetensors file, whole or cut behind its header; nothing if it is none.
[[nodiscard]] std::optional<Metadata> read_metadata(const std::filesystem::path& file);

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
