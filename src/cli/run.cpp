// SPDX-License-Identifier: Apache-2.0
#include "run/run.hpp"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "backend/concat.hpp"
#include "cli/app.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "cli/progress_bar.hpp"
#include "cli/signals.hpp"
#include "cli/split.hpp"
#include "run/spec_file.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {
namespace {

struct RunArguments {
  std::string spec;
  std::string output;
  std::vector<std::string> files;
  std::int64_t batch_size = 1024;
  std::string emit = "values,lengths,mask";
  std::string keep;
  std::vector<std::string> tables;
  std::string save_tables;
  std::string input_format;
  std::string backend = "auto";
  bool init_missing = false;
  bool resume = false;
  bool overwrite = false;
};

run::RunOptions options_from(const RunArguments& arguments, const Globals& globals) {
  run::RunOptions options;
  options.batch_size = arguments.batch_size;
  options.emit = run::emit_set_from(split(arguments.emit));
  options.keep = split(arguments.keep);
  options.output = arguments.output;
  options.tables.assign(arguments.tables.begin(), arguments.tables.end());
  options.init_missing = arguments.init_missing;
  if (!arguments.save_tables.empty()) options.save_tables = arguments.save_tables;
  if (arguments.resume) options.existing = run::Existing::resume;
  if (arguments.overwrite) options.existing = run::Existing::overwrite;
  if (!globals.quiet) {
    options.warn = [](const std::string& text) {
      std::fprintf(stderr, "seqfeat: note: %s\n", text.c_str());
    };
  }
  std::optional<run::InputFormat> format;
  if (!arguments.input_format.empty()) format = run::input_format_from(arguments.input_format);
  options.spec = run::read_spec(arguments.spec);
  options.input = run::open_input(arguments.files, format);
  return options;
}

Backend backend_from(const std::string& name) {
  if (name == "cpu") return Backend::cpu();
  if (name == "cuda") return Backend::cuda();
  return Backend::automatic();
}

std::optional<std::int64_t> total_bytes(const run::Input& input) {
  std::int64_t total = 0;
  for (const auto& file : input.files) {
    // Of a compressed file the rows' bytes say nothing about how far it is read.
    if (!file.bytes || file.name.ends_with(".gz")) return std::nullopt;
    total += *file.bytes;
  }
  return total;
}

void tell(const Globals& globals, const run::Progress& progress, const std::string& output,
          run::RunEnd end, double seconds) {
  const char* status = end == run::RunEnd::finished  ? "finished"
                       : end == run::RunEnd::stopped ? "stopped"
                                                     : "finished before";
  if (globals.json) {
    const nlohmann::ordered_json about{{"schema_version", 1},
                                       {"status", status},
                                       {"output", run::utf8_or_escaped(output)},
                                       {"rows", progress.rows.load()},
                                       {"tokens", progress.tokens.load()},
                                       {"seconds", seconds}};
    print(about.dump() + "\n");
  } else if (!globals.quiet) {
    std::fprintf(stderr, "seqfeat: %s: %s rows, %s tokens in %.1f s; %s\n", status,
                 short_count(static_cast<double>(progress.rows)).c_str(),
                 short_count(static_cast<double>(progress.tokens)).c_str(), seconds,
                 end == run::RunEnd::stopped ? "go on with --resume" : output.c_str());
  }
}

void run_command(const RunArguments& arguments, Globals& globals) {
  SignalStop signals;
  const run::RunOptions options = options_from(arguments, globals);
  const Backend backend = backend_from(arguments.backend);
  run::Progress progress;
  run::RunEnd end{};
  double seconds = 0;
  {
    const ProgressBar bar(progress, total_bytes(options.input), !globals.quiet);
    end = run::run(options, backend, signals.token(), progress);
    seconds = bar.seconds();
  }
  if (end == run::RunEnd::stopped) globals.exit_code = kSignal + signals.signal();
  tell(globals, progress, arguments.output, end, seconds);
}

}  // namespace

void add_run(CLI::App& app, Globals& globals) {
  auto a = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Every batch of rows becomes a file of tensors");
  command->add_option("--spec", a->spec, "Columns as JSON")->required();
  command->add_option("--output", a->output, "Directory for the parts and manifest.json")
      ->required();
  command->add_option("FILES", a->files, "Input, one stream over all files; - is standard input")
      ->required();
  command->add_option("--batch-size", a->batch_size, "Rows in a part")->capture_default_str();
  command->add_option("--emit", a->emit, "Tensors in a part: values,lengths,mask,ids")
      ->capture_default_str();
  command->add_option("--keep", a->keep, "Values of each record to keep: label,id");
  command->add_option("--tables", a->tables, "Safetensors with embedding tables; may be repeated");
  command->add_flag("--init-missing", a->init_missing, "Make tables that no file has");
  command->add_option("--save-tables", a->save_tables, "Write the tables that were used");
  command->add_option("--input-format", a->input_format,
                      "tfrecord[:example|:sequence_example], text, jsonl; else by extension");
  command->add_option("--backend", a->backend, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  auto* resume = command->add_flag("--resume", a->resume, "Go on after the last whole part");
  command->add_flag("--overwrite", a->overwrite, "Remove an earlier run")->excludes(resume);
  command->callback([a, &globals] { run_command(*a, globals); });
}

}  // namespace seqfeat::cli
