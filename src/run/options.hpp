// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "run/emit_set.hpp"
#include "run/input.hpp"
#include "seqfeat/spec_json.hpp"

namespace seqfeat::run {

/// What to do with a directory that is not empty.
enum class Existing : std::uint8_t { refuse, resume, overwrite };

/// What `run` is asked to do.
struct RunOptions {
  Spec spec;
  Input input;
  std::filesystem::path output;
  std::int64_t batch_size = 1024;
  EmitSet emit{.values = true, .lengths = true, .mask = true, .ids = false};
  std::vector<std::string> keep;
  std::vector<std::filesystem::path> tables;
  bool init_missing = false;
  std::optional<std::filesystem::path> save_tables;
  Existing existing = Existing::refuse;

  /// Told what a person should know; may be empty.
  std::function<void(const std::string&)> warn;
};

}  // namespace seqfeat::run
