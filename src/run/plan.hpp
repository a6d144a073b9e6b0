// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "run/made_from.hpp"
#include "run/options.hpp"
#include "run/table_hashes.hpp"
#include "run/tables.hpp"

namespace seqfeat::run {

/// What reading needs to know. A value, since the thread that reads may outlive the run.
struct ReadPlan {
  Spec spec;
  Input input;
  std::vector<std::string> keep;
  std::int64_t batch_size = 1024;
  ErrorPolicy on_error{};
};

/// A run whose options are checked: its input is found and recognised, its tables are open.
struct RunPlan {
  RunOptions options;
  ReadPlan read;
  std::unique_ptr<Tables> tables;  ///< Stays where it is: layer and hashes point into it.
  MadeFrom made_from;
  std::vector<std::string> warnings{};  ///< What the manifest repeats.

  /// Tells a person, and the manifest.
  void warn(const std::string& text);
};

/// Checks `options`, looks at the input and opens or makes the tables, whose hashing begins.
///
/// `stop` ends the making and the hashing of tables early.
/// Throws   InvalidArgument for options, spec or tables that cannot be used; DataError for files.
[[nodiscard]] RunPlan make_plan(const RunOptions& options, const std::stop_token& stop);

}  // namespace seqfeat::run
