// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace seqfeat {

/// The bytes of a file as memory. A page is read when it is first touched. Writing changes the
/// memory and never the file.
struct MappedFile {
  std::span<const std::byte> bytes;
  std::shared_ptr<void> keeper;  ///< Unmaps when the last copy goes.
};

/// Maps a regular file, which must not be shortened while it is mapped.
///
/// Throws   DataError naming the file and the system's reason; directories and devices are refused.
[[nodiscard]] MappedFile map_file(const std::filesystem::path& file);

}  // namespace seqfeat
