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

/// What to do with a record that cannot be used.
struct ErrorPolicy {
  bool skip = false;         ///< Leave it out and note it in `rejected.jsonl`; otherwise fail.
  std::int64_t most = 1000;  ///< How many may be left out.
};

/// The options of `run`, unchecked; `make_plan` checks them.
struct RunOptions {
  Spec spec;
  std::vector<std::string> files;
  std::string input_format{};  ///< As `open_input` takes it.
  Shard shard{};
  std::filesystem::path output;
  std::int64_t batch_size = 1024;
  EmitSet emit{.values = true, .lengths = true, .mask = true};
  std::vector<std::string> keep{};
  ErrorPolicy on_error{};
  std::vector<std::filesystem::path> tables{};
  bool init_missing = false;
  std::optional<std::filesystem::path> save_tables{};
  Existing existing = Existing::refuse;

  /// Called with notes for the user; may be empty.
  std::function<void(const std::string&)> warn{};
};

}  // namespace seqfeat::run
