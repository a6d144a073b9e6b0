// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "backend/try_thread.hpp"
#include "cli/app.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "seqfeat/version.hpp"

namespace seqfeat::cli {
namespace {

/// CLI11 also throws for --help and --version. Only the other exceptions are usage errors.
int answer_parse_error(const CLI::App& app, const CLI::ParseError& error, const Globals& globals) {
  if (error.get_exit_code() != 0) {
    return report({kUsage, std::string(error.what()) + "; try --help"}, globals);
  }
  std::ostringstream text;
  app.exit(error, text, text);
  print(text.str());
  return kOk;
}

void say_few_threads() noexcept {
  std::fputs(
      "seqfeat: note: the system has no thread to give, so the work goes on with fewer threads and "
      "takes longer; raise the limit of processes (ulimit -u) or of memory (ulimit -v), or lower "
      "SEQFEAT_NUM_THREADS\n",
      stderr);
}

int parse_and_run(int argc, char** argv, std::span<const AddCommand> commands, Globals& globals) {
#if defined(__GLIBC__)
  // Gives batches straight back to the system. By default malloc would learn to keep them in its
  // arenas, and the memory of a run would depend on which thread was quicker.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
  std::signal(SIGPIPE, SIG_IGN);  // writes then fail with EPIPE, which Output knows
  std::signal(SIGXFSZ, SIG_IGN);  // writes then fail with EFBIG, as they do on a full disk
  CLI::App app("Sequence feature columns: token sequences in, padded embeddings out", "seqfeat");
  app.set_version_flag("--version", std::string("seqfeat ") + kVersion);
  add_commands(app, globals, commands);
  app.parse_complete_callback([&globals] {
    if (!globals.quiet) detail::on_refused_thread(say_few_threads);
  });
  try {
    app.parse(argc, argv);
    return globals.exit_code;
  } catch (const CLI::ParseError& error) {
    return answer_parse_error(app, error, globals);
  }
}

}  // namespace

void take_one_value_each(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (!option->nonpositional()) continue;
    if (option->get_items_expected_max() > 1) option->expected(1)->take_all();
    option->allow_extra_args(false);
  }
  for (CLI::App* part : command.get_subcommands({})) take_one_value_each(*part);
}

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

int run_program(int argc, char** argv, std::span<const AddCommand> commands,
                std::shared_ptr<run::ArrowFiles> arrow_files) {
  Globals globals{.argv = argv};
  globals.arrow_files = std::move(arrow_files);
  // Set before the arguments are parsed, so that errors in them are reported as JSON too.
  globals.json = std::any_of(argv, argv + argc,
                             [](std::string_view argument) { return argument == "--json"; });
  try {
    return parse_and_run(argc, argv, commands, globals);
  } catch (...) {
    return report(failure_of_exception(), globals);
  }
}

}  // namespace seqfeat::cli
