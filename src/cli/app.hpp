// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace seqfeat::cli {

/// The options of every command, and the exit code of the program.
struct Globals {
  bool json = false;
  bool quiet = false;
  int exit_code = 0;
  /// Adds the progress of a command to the object that --json prints for a failure.
  std::function<void(nlohmann::ordered_json&)> add_to_failure{};
};

/// Adds all commands and their common options.
void add_commands(CLI::App& app, Globals& globals);

// Each command adds itself, in a file of its own; its callback runs if the user chose it.

void add_bench(CLI::App& app, Globals& globals);
void add_convert(CLI::App& app, Globals& globals);
void add_doctor(CLI::App& app, Globals& globals);
void add_hash(CLI::App& app, Globals& globals);
void add_inspect(CLI::App& app, Globals& globals);
void add_run(CLI::App& app, Globals& globals);
void add_spec(CLI::App& app, Globals& globals);
void add_verify(CLI::App& app, Globals& globals);

}  // namespace seqfeat::cli
