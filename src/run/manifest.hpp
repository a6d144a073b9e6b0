// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/part.hpp"
#include "run/plan.hpp"
#include "seqfeat/layer.hpp"

namespace seqfeat::run {

inline constexpr const char* kManifestName = "manifest.json";

/// The results of a run that the manifest tells.
struct Outcome {
  std::string backend{};
  std::vector<Slice> columns{};
  std::vector<PartInfo> parts{};
  std::int64_t rejected = 0;
};

/// The manifest of a finished run, as text.
[[nodiscard]] std::string manifest_text(const RunPlan& plan, const Metadata& made,
                                        const Outcome& outcome);

/// A run as its manifest tells it.
struct OldRun {
  Metadata made_from;
  std::vector<std::string> inputs;  ///< Names without folders.
  std::vector<PartInfo> parts;      ///< Without tokens, steps and slots.
  std::int64_t rows = 0;
  std::int64_t tokens = 0;
  std::int64_t rejected = 0;
  Spec spec;
  EmitSet emit;
  std::vector<std::string> keep;
  bool skips = false;  ///< It leaves out records that cannot be used.
};

/// Reads a manifest. Nothing if no run wrote the file.
[[nodiscard]] std::optional<OldRun> read_manifest(const std::filesystem::path& file);

}  // namespace seqfeat::run
