// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>

namespace seqfeat::cli {

/// What every command understands, and how the program will end.
struct Globals {
  char** argv = nullptr;  ///< What the program was started with.
  bool json = false;
  bool quiet = false;
  int exit_code = 0;
  /// Adds what a command knows of its work to the object that --json prints of a failure.
  std::function<void(nlohmann::ordered_json&)> add_to_failure{};
};

/// Adds a command to a program. What it does is called when it was chosen.
using AddCommand = void (*)(CLI::App& app, Globals& globals);

/// Adds `commands` and what every command understands.
void add_commands(CLI::App& app, Globals& globals, std::span<const AddCommand> commands);

/// Those of `seqfeat`.
[[nodiscard]] std::span<const AddCommand> all_commands();

/// All of a program but its choice of commands.
///
/// Returns  The exit code (exit_code.hpp).
[[nodiscard]] int run_program(int argc, char** argv, std::span<const AddCommand> commands);

// Each of them stands in a file of its own.

void add_bench(CLI::App& app, Globals& globals);
void add_convert(CLI::App& app, Globals& globals);
void add_doctor(CLI::App& app, Globals& globals);
void add_hash(CLI::App& app, Globals& globals);
void add_inspect(CLI::App& app, Globals& globals);
void add_run(CLI::App& app, Globals& globals);
void add_spec(CLI::App& app, Globals& globals);
void add_verify(CLI::App& app, Globals& globals);

}  // namespace seqfeat::cli
