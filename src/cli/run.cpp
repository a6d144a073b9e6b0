// SPDX-License-Identifier: Apache-2.0
#include "run/run.hpp"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "cli/app.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "cli/progress_bar.hpp"
#include "cli/signals.hpp"
#include "run/options.hpp"
#include "run/rejected.hpp"
#include "run/text.hpp"

namespace seqfeat::cli {
namespace {

struct RunArguments {
  std::string spec;
  std::string emit = "values,lengths,mask";
  std::string keep;
  std::string shard;
  std::string on_error = "fail";
  std::string save_tables;
  std::string backend = "auto";
  bool resume = false;
  bool overwrite = false;
  run::RunOptions run;  ///< The options that need no conversion.
};

run::RunOptions options_from(const RunArguments& arguments, const Globals& globals) {
  run::RunOptions options = arguments.run;
  options.emit = run::emit_set_from(detail::split(arguments.emit));
  options.keep = detail::split(arguments.keep);
  if (!arguments.shard.empty()) options.shard = run::shard_from(arguments.shard);
  options.on_error.skip = arguments.on_error == "skip";
  if (!arguments.save_tables.empty()) options.save_tables = arguments.save_tables;
  if (arguments.resume) options.existing = run::Existing::resume;
  if (arguments.overwrite) options.existing = run::Existing::overwrite;
  if (!globals.quiet) {
    options.warn = [](const std::string& text) {
      std::fprintf(stderr, "seqfeat: note: %s\n", text.c_str());
    };
  }
  options.spec = run::read_spec(arguments.spec);
  return options;
}

Backend backend_from(const std::string& name) {
  if (name == "cpu") return Backend::cpu();
  if (name == "cuda") return Backend::cuda();
  return Backend::automatic();
}

const char* status_of(run::RunEnd end) {
  if (end == run::RunEnd::finished) return "finished";
  return end == run::RunEnd::stopped ? "stopped" : "finished before";
}

/// The counts that --json prints however a run ended. Rows and tokens are of the whole directory.
void add_counts(nlohmann::ordered_json& about, const run::Progress& progress,
                const std::string& output, double seconds) {
  about["output"] = run::utf8_or_escaped(output);
  about["rows"] = progress.rows.load();
  about["tokens"] = progress.tokens.load();
  about["new_rows"] = progress.new_rows.load();
  about["rejected"] = progress.rejected.load();
  about["warnings"] = progress.warnings();
  about["seconds"] = seconds;
}

/// How to continue a stopped run. If it should replace an old run but has written nothing, the old
/// run is still there.
const char* next_step(const RunArguments& arguments, const run::Progress& progress) {
  return arguments.overwrite && progress.new_rows == 0 ? "start again with --overwrite"
                                                       : "go on with --resume";
}

void tell(const Globals& globals, const run::Progress& progress, const RunArguments& arguments,
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

void run_command(const RunArguments& arguments, Globals& globals) {
  SignalStop signals;
  const std::string output = arguments.run.output.string();
  auto progress = std::make_shared<run::Progress>();
  globals.add_to_failure = [progress, output](nlohmann::ordered_json& about) {
    add_counts(about, *progress, output, progress->seconds());
  };
  const run::RunOptions options = options_from(arguments, globals);
  const Backend backend = backend_from(arguments.backend);
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
  auto a = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Every batch of rows becomes a file of tensors");
  command->add_option("--spec", a->spec, "Columns as JSON")->required();
  command->add_option("--output", a->run.output, "Directory for the parts and manifest.json")
      ->required();
  command
      ->add_option("FILES", a->run.files, "Input, one stream over all files; - is standard input")
      ->required();
  command->add_option("--batch-size", a->run.batch_size, "Rows in a part")->capture_default_str();
  command->add_option("--emit", a->emit, "Tensors in a part: values,lengths,mask,ids or ragged")
      ->capture_default_str();
  command->add_option("--keep", a->keep, "Values of each record to keep: label,id");
  command->add_option("--shard", a->shard, "I/N: only the files whose number is I modulo N");
  command
      ->add_option("--on-error", a->on_error,
                   "fail, or skip: leave out records that cannot be used, see rejected.jsonl")
      ->check(CLI::IsMember({"fail", "skip"}))
      ->capture_default_str();
  command->add_option("--max-errors", a->run.on_error.most, "So many records may be left out")
      ->capture_default_str();
  command->add_option("--tables", a->run.tables,
                      "Safetensors with embedding tables; may be repeated");
  command->add_flag("--init-missing", a->run.init_missing, "Make tables that no file has");
  command->add_option("--save-tables", a->save_tables, "Write the tables that were used");
  command->add_option("--input-format", a->run.input_format,
                      "tfrecord[:example|:sequence_example], text, jsonl; else by extension");
  command->add_option("--backend", a->backend, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  auto* resume = command->add_flag("--resume", a->resume, "Go on after the last whole part");
  command->add_flag("--overwrite", a->overwrite, "Replace an earlier run")->excludes(resume);
  command->callback([a, &globals] { run_command(*a, globals); });
}

}  // namespace seqfeat::cli
