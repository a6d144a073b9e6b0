// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace seqfeat {

/// Brings the entry of `file` in its directory to the disk. Returns 0 or the system's reason. Some
/// file systems cannot sync a directory, and need not; that is no failure.
[[nodiscard]] int sync_entry(const std::filesystem::path& file);

/// Creates `directory` and what is missing above it. Each new entry is on the disk afterwards, so
/// that files which are synced inside are found after a loss of power.
///
/// Throws   std::filesystem::filesystem_error: what could not be done to which directory, and the
///          system's reason as its code.
void create_directories_synced(const std::filesystem::path& directory);

}  // namespace seqfeat
