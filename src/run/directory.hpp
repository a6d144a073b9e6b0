// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "run/made_from.hpp"
#include "run/options.hpp"
#include "run/part.hpp"

namespace seqfeat::run {

/// What was found in an output directory.
struct Found {
  std::vector<PartInfo> parts;  ///< Whole parts to go on after.
  bool finished = false;        ///< There is a manifest of the same run: nothing is left to do.
};

/// Makes the output directory ready: creates it, empties it of an old run, or finds where to go on.
///
/// Throws   InvalidArgument if the directory is not one, holds something that `existing` does not
///          allow for, or was made from something else; IoError.
[[nodiscard]] Found prepare_directory(const std::filesystem::path& directory, Existing existing,
                                      const MadeFrom& made, std::int64_t batch_size);

}  // namespace seqfeat::run
