// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "run/made_from.hpp"
#include "run/options.hpp"
#include "run/part.hpp"
#include "seqfeat/layer.hpp"

namespace seqfeat::run {

inline constexpr const char* kManifestName = "manifest.json";

/// What the manifest tells beside the options.
struct Outcome {
  std::string backend;
  std::vector<Slice> columns;
  std::vector<PartInfo> parts;
};

/// Writes the manifest, the last file of a run, whole or not at all.
void write_manifest(const RunOptions& options, const MadeFrom& made, const Outcome& outcome);

/// Throws InvalidArgument unless `manifest` tells of a run that was made from the same.
void check_manifest(const std::filesystem::path& manifest, const MadeFrom& made);

}  // namespace seqfeat::run
