// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "run/options.hpp"
#include "run/run.hpp"
#include "seqfeat/backend.hpp"

// What `seqfeat run` and `seqfeat_run_new` have in common: arguments, and what is told of a run.

namespace seqfeat::cli {

/// The arguments of a run, but for the spec.
struct RunArguments {
  std::string emit = "values,lengths,mask";
  std::string keep;
  std::string shard;
  std::string on_error = "fail";
  std::string save_tables;
  std::string backend = "auto";
  bool resume = false;
  bool overwrite = false;
  run::RunOptions run{};  ///< The options that need no conversion.
};

/// Lets `command` read `arguments`, which outlive it.
void add_run_arguments(CLI::App& command, RunArguments& arguments);

/// The options without spec and warnings.
///
/// Throws   InvalidArgument for words that name nothing.
[[nodiscard]] run::RunOptions options_from(const RunArguments& arguments);
[[nodiscard]] Backend backend_from(const RunArguments& arguments);

/// "finished", "stopped", "finished before".
[[nodiscard]] const char* status_of(run::RunEnd end);

/// The counts that --json prints however a run ended. Rows and tokens are of the whole directory.
void add_counts(nlohmann::ordered_json& about, const run::Progress& progress,
                const std::string& output, double seconds);

}  // namespace seqfeat::cli
