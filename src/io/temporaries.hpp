// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

// The list of the temporary files that this process has begun and not finished. AtomicFile keeps
// it, so that a program can remove the files when a signal ends it.

namespace seqfeat {

/// Creates `file` for writing and lists it. Returns its descriptor, or -1 with errno set.
[[nodiscard]] int create_temporary(const std::filesystem::path& file);

/// Takes `file` off the list: it was renamed or removed.
void forget_temporary(const std::filesystem::path& file) noexcept;

/// Removes the listed files. No file can be created afterwards, so the program must end at once.
/// May be called in a signal handler.
void remove_temporaries() noexcept;

}  // namespace seqfeat
