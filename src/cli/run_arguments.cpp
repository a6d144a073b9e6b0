// SPDX-License-Identifier: Apache-2.0
#include "cli/run_arguments.hpp"

#include <nlohmann/json.hpp>

#include "backend/text.hpp"
#include "run/text.hpp"

namespace seqfeat::cli {

void add_run_arguments(CLI::App& command, RunArguments& a) {
  command.add_option("--output", a.run.output, "Directory for the parts and manifest.json")
      ->required();
  command.add_option("FILES", a.run.files, "Input, one stream over all files; - is standard input")
      ->required();
  command.add_option("--batch-size", a.run.batch_size, "Rows in a part")->capture_default_str();
  command.add_option("--emit", a.emit, "Tensors in a part: values,lengths,mask,ids or ragged")
      ->capture_default_str();
  command.add_option("--keep", a.keep, "Values of each record to keep: label,id");
  command.add_option("--shard", a.shard, "I/N: only the files whose number is I modulo N");
  command
      .add_option("--on-error", a.on_error,
                  "fail, or skip: leave out records that cannot be used, see rejected.jsonl")
      ->check(CLI::IsMember({"fail", "skip"}))
      ->capture_default_str();
  command.add_option("--max-errors", a.run.on_error.most, "So many records may be left out")
      ->capture_default_str();
  command.add_option("--tables", a.run.tables,
                     "Safetensors with embedding tables; may be repeated");
  command.add_flag("--init-missing", a.run.init_missing, "Make tables that no file has");
  command.add_option("--save-tables", a.save_tables, "Write the tables that were used");
  command.add_option("--input-format", a.run.input_format,
                     "tfrecord[:example|:sequence_example], text, jsonl, parquet, arrow; else by "
                     "extension");
  command.add_option("--backend", a.backend, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  auto* resume = command.add_flag("--resume", a.resume, "Go on after the last whole part");
  command.add_flag("--overwrite", a.overwrite, "Replace an earlier run")->excludes(resume);
}

run::RunOptions options_from(const RunArguments& arguments) {
  run::RunOptions options = arguments.run;
  options.emit = run::emit_set_from(detail::split(arguments.emit));
  options.keep = detail::split(arguments.keep);
  if (!arguments.shard.empty()) options.shard = run::shard_from(arguments.shard);
  options.on_error.skip = arguments.on_error == "skip";
  if (!arguments.save_tables.empty()) options.save_tables = arguments.save_tables;
  if (arguments.resume) options.existing = run::Existing::resume;
  if (arguments.overwrite) options.existing = run::Existing::overwrite;
  return options;
}

Backend backend_from(const RunArguments& arguments) {
  if (arguments.backend == "cpu") return Backend::cpu();
  if (arguments.backend == "cuda") return Backend::cuda();
  return Backend::automatic();
}

const char* status_of(run::RunEnd end) {
  if (end == run::RunEnd::finished) return "finished";
  return end == run::RunEnd::stopped ? "stopped" : "finished before";
}

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

}  // namespace seqfeat::cli
