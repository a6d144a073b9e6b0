// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "cli/app.hpp"

namespace seqfeat::cli {
namespace {

/// Lets every option take one value per occurrence, so that it does not take the files behind it.
/// An option with a list may be repeated.
void take_one_value_each(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (!option->nonpositional()) continue;
    if (option->get_items_expected_max() > 1) option->expected(1)->take_all();
    option->allow_extra_args(false);
  }
  for (CLI::App* part : command.get_subcommands({})) take_one_value_each(*part);
}

}  // namespace

void add_commands(CLI::App& app, Globals& globals, std::span<const AddCommand> commands) {
  app.add_flag("--json", globals.json, "Print one JSON object");
  app.add_flag("--quiet", globals.quiet, "No progress, no notes");
  app.require_subcommand(1);
  app.fallthrough();
  for (const AddCommand add : commands) add(app, globals);
  take_one_value_each(app);
}

std::span<const AddCommand> all_commands() {
  static constexpr std::array kAll{add_run,     add_hash,  add_spec,   add_inspect,
                                   add_convert, add_bench, add_doctor, add_verify};
  return kAll;
}

}  // namespace seqfeat::cli
