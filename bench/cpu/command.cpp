// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/command.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "bench/cpu/bench.hpp"
#include "bench/cpu/trust.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"

namespace seqfeat::bench {
namespace {

struct BenchArguments {
  CpuBenchOptions options;
  std::string json;  ///< "-": standard output.
  std::string set_mm;
  int samples = 0;     ///< 0: by the form.
  double seconds = 0;  ///< Likewise.
  bool full = false;
  bool list = false;
};

CpuBenchOptions options_from(const BenchArguments& arguments) {
  CpuBenchOptions options = arguments.options;
  if (arguments.full) options.sampling = {.samples = 15, .seconds = 0.2};
  if (arguments.samples > 0) options.sampling.samples = arguments.samples;
  if (arguments.seconds > 0) options.sampling.seconds = arguments.seconds;
  if (!arguments.set_mm.empty()) options.set_mm = arguments.set_mm;
  return options;
}

void bench_command(const BenchArguments& arguments, cli::Globals& globals) {
  if (arguments.list) {
    std::string names;
    for (const std::string& name : cpu_workload_names(arguments.options.prefixes)) {
      names += name + "\n";
    }
    cli::print(names);
    return;
  }
  const Report report = bench_cpu(options_from(arguments), [&](const std::string& name) {
    if (!globals.quiet) std::fprintf(stderr, "seqfeat: %s\n", name.c_str());
  });
  const std::string json = arguments.json.empty() && globals.json ? "-" : arguments.json;
  if (!json.empty()) {
    json == "-" ? cli::print(json_text(report)) : write_json(report, json);
  }
  if (json != "-") cli::print(to_table(report));
  if (const std::string doubts = summary(*report.doubts); !doubts.empty()) {
    std::fprintf(stderr, "seqfeat: bench: %s\n", doubts.c_str());
  }
  if (!report.failures.empty()) globals.exit_code = cli::kFailed;
}

}  // namespace

void add_bench(CLI::App& app, cli::Globals& globals) {
  auto a = std::make_shared<BenchArguments>();
  CLI::App* command =
      app.add_subcommand("bench", "Measures this machine's CPU beside memcpy and libfarmhash");
  command->add_option("--workload", a->options.prefixes,
                      "Only names that begin so; may be repeated");
  command->add_flag("--list", a->list, "Print the names and stop");
  command->add_flag("--full", a->full, "The long form: more and longer samples");
  command->add_option("--json", a->json, "Figures as JSON, to FILE or else to standard output")
      ->expected(0, 1)
      ->default_str("-")
      ->type_name("[FILE]");
  command->add_option("--threads", a->options.threads, "Of ours")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--scale", a->options.scale, "Share of the sizes")
      ->check(CLI::Range(1e-6, 1.0));
  command->add_option("--samples", a->samples, "Repetitions; 5, or 15 of the long form")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--seconds", a->seconds,
                   "Time of a repetition, or one pass if that is longer; 0.025, or 0.2")
      ->check(CLI::Range(0.0001, 60.0));
  command->add_option("--set-mm", a->set_mm, "TFRecords of set.mm in place of the sample");
  command->add_option("--commit", a->options.commit, "Written into the JSON");
  command->callback([a, &globals] { bench_command(*a, globals); });
}

}  // namespace seqfeat::bench
