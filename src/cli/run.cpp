// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "backend/concat.hpp"
#include "cli/app.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "cli/progress_bar.hpp"
#include "cli/run_arguments.hpp"
#include "cli/signals.hpp"
#include "run/options.hpp"
#include "run/rejected.hpp"

namespace seqfeat::cli {
namespace {

/// The spec's file beside the other arguments.
struct Arguments : RunArguments {
  std::string spec;
};

/// How to continue a stopped run. If it should replace an old run but has written nothing, the old
/// run is still there.
const char* next_step(const RunArguments& arguments, const run::Progress& progress) {
  return arguments.overwrite && progress.new_rows == 0 ? "start again with --overwrite"
                                                       : "go on with --resume";
}

void tell(const Globals& globals, const run::Progress& progress, const Arguments& arguments,
          run::RunEnd end, double seconds) {
  const std::string output = arguments.run.output.string();
  if (globals.json) {
    nlohmann::ordered_json about{{"schema_version", 1}, {"status", status_of(end)}};
    add_counts(about, progress, output, seconds);
    print(about.dump() + "\n");
  } else if (!globals.quiet) {
    const std::int64_t rejected = progress.rejected;
    const std::string left_out =
        rejected == 0
            ? ""
            : detail::concat(", ", rejected, " records left out (", run::kRejectedName, ")");
    std::fprintf(stderr, "seqfeat: %s: %s rows, %s tokens in %.1f s%s; %s\n", status_of(end),
                 short_count(progress.rows).c_str(), short_count(progress.tokens).c_str(), seconds,
                 left_out.c_str(),
                 end == run::RunEnd::stopped ? next_step(arguments, progress) : output.c_str());
  }
}

void run_command(const Arguments& arguments, Globals& globals) {
  SignalStop signals;
  const std::string output = arguments.run.output.string();
  auto progress = std::make_shared<run::Progress>();
  globals.add_to_failure = [progress, output](nlohmann::ordered_json& about) {
    add_counts(about, *progress, output, progress->seconds());
  };
  run::RunOptions options = options_from(arguments);
  options.arrow_files = globals.arrow_files;
  if (!globals.quiet) {
    options.warn = [](const std::string& text) {
      std::fprintf(stderr, "seqfeat: note: %s\n", text.c_str());
    };
  }
  options.spec = run::read_spec(arguments.spec);
  const Backend backend = backend_from(arguments);
  run::RunEnd end{};
  {
    const ProgressBar bar(*progress, !globals.quiet);
    end = run::run(options, backend, signals.token(), *progress);
  }
  if (end == run::RunEnd::stopped) globals.exit_code = kSignal + signals.signal();
  tell(globals, *progress, arguments, end, progress->seconds());
}

}  // namespace

void add_run(CLI::App& app, Globals& globals) {
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("run", "Every batch of rows becomes a file of tensors");
  command->add_option("--spec", a->spec, "Columns as JSON")->required();
  add_run_arguments(*command, *a);
  command->callback([a, &globals] { run_command(*a, globals); });
}

}  // namespace seqfeat::cli
