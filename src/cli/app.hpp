// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>

#include "run/arrow_files.hpp"

namespace seqfeat::cli {

/// The options of every command, and the exit code of the program.
struct Globals {
  char** argv = nullptr;  ///< What the program was started with.
  bool json = false;
  bool quiet = false;
  int exit_code = 0;
  /// Adds the progress of a command to the object that --json prints for a failure.
  std::function<void(nlohmann::ordered_json&)> add_to_failure{};
  std::shared_ptr<run::ArrowFiles> arrow_files{};  ///< Null where nobody opens files of columns.
};

/// Adds a command to a program; its callback runs if the user chose it.
using AddCommand = void (*)(CLI::App& app, Globals& globals);

/// Adds `commands` and what every command understands.
void add_commands(CLI::App& app, Globals& globals, std::span<const AddCommand> commands);

/// Lets every option take one value per occurrence, so that it does not take the files behind it.
/// An option with a list may be repeated.
void take_one_value_each(CLI::App& command);

/// The commands of `seqfeat`.
[[nodiscard]] std::span<const AddCommand> all_commands();

/// Runs a program of these commands. `arrow_files` opens files of columns for them.
///
/// Returns  The exit code (exit_code.hpp).
[[nodiscard]] int run_program(int argc, char** argv, std::span<const AddCommand> commands,
                              std::shared_ptr<run::ArrowFiles> arrow_files = nullptr);

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
