// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "run/inspect.hpp"

namespace seqfeat::run {

/// Writes what `merge_summaries` reads, whole or not at all (docs/formats.md has the form).
///
/// Throws   InvalidArgument for a key that is not UTF-8; IoError naming the file.
void save_summary(const std::filesystem::path& file, const Inspection& inspection);

/// Reads it again. Everything in the file is checked, and nothing is allocated that the file does
/// not hold.
///
/// Throws   DataError naming the file and what is wrong.
[[nodiscard]] Inspection load_summary(const std::string& file);

}  // namespace seqfeat::run
