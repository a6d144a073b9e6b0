// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace seqfeat {

/// A file's bytes as memory. A page is read when it is touched; writing to one changes the memory
/// and never the file.
struct MappedFile {
  std::span<const std::byte> bytes;
  std::shared_ptr<void> keeper;  ///< Unmaps when the last copy goes.
};

/// Maps a regular file. Nobody may shorten it while it is mapped.
///
/// Throws   DataError naming the file and the system's reason; directories and devices are refused.
[[nodiscard]] MappedFile map_file(const std::filesystem::path& file);

}  // namespace seqfeat
