// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "run/made_from.hpp"
#include "run/options.hpp"
#include "run/tables.hpp"

namespace seqfeat::run {

/// The options of reading. A copy, because the reading thread may outlive the run.
struct ReadPlan {
  Spec spec;
  Input input;
  std::vector<std::string> keep;
  std::int64_t batch_size = 1024;
  ErrorPolicy on_error{};
};

/// A run with checked options, recognised input and open tables.
struct RunPlan {
  RunOptions options;
  ReadPlan read;
  std::unique_ptr<Tables> tables;  ///< At a fixed address: layer and hashes point into it.
  MadeFrom made_from;
  std::vector<std::string> warnings{};  ///< The manifest repeats them.

  /// Warns the user, and notes the warning for the manifest.
  void warn(const std::string& text);
};

/// Checks `options` and the input, opens or makes the tables and begins to hash them.
///
/// `stop` ends the making and the hashing of tables early.
/// Throws   InvalidArgument for options, spec or tables that cannot be used; DataError for files.
[[nodiscard]] RunPlan make_plan(const RunOptions& options, const std::stop_token& stop);

}  // namespace seqfeat::run
