// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace seqfeat::cli {

/// What every command understands, and how the program will end.
struct Globals {
  bool json = false;
  bool quiet = false;
  int exit_code = 0;
  /// Adds what a command knows of its work to the object that --json prints of a failure.
  std::function<void(nlohmann::ordered_json&)> add_to_failure{};
};

/// Adds all commands and what every command understands.
void add_commands(CLI::App& app, Globals& globals);

// Each command adds itself, in a file of its own. What it does is called when it was chosen.

void add_bench(CLI::App& app, Globals& globals);
void add_convert(CLI::App& app, Globals& globals);
void add_doctor(CLI::App& app, Globals& globals);
void add_hash(CLI::App& app, Globals& globals);
void add_inspect(CLI::App& app, Globals& globals);
void add_run(CLI::App& app, Globals& globals);
void add_spec(CLI::App& app, Globals& globals);
void add_verify(CLI::App& app, Globals& globals);

}  // namespace seqfeat::cli
