// SPDX-License-Identifier: Apache-2.0
#include "run/inspect.hpp"

#include <memory>
#include <string>
#include <vector>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "cli/app.hpp"
#include "cli/inspect_report.hpp"
#include "cli/output.hpp"
#include "run/advisor/summary_file.hpp"
#include "run/options.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {
namespace {

struct InspectArguments {
  std::string spec;
  std::string buckets;
  std::string input_format;
  std::string shard;
  std::string summary;
  std::int64_t exact_up_to = static_cast<std::int64_t>(run::SummaryBounds{}.tokens);
  std::int64_t top = 100;
  bool merge = false;
  std::vector<std::string> files;
};

std::vector<std::int64_t> bucket_counts(const std::string& list) {
  std::vector<std::int64_t> counts;
  for (const std::string& item : detail::split(list)) {
    const auto count = detail::number_in<std::int64_t>(item);
    if (!count) {
      throw InvalidArgument(
          detail::concat("--buckets: got '", item, "', expected numbers like 1000,4096"));
    }
    counts.push_back(*count);
  }
  return counts;
}

run::Inspection inspection_of(const InspectArguments& a) {
  run::InspectOptions options;
  if (!a.spec.empty()) options.columns = run::read_spec(a.spec).columns;
  options.buckets = bucket_counts(a.buckets);
  options.bounds.tokens = static_cast<std::size_t>(a.exact_up_to);
  if (a.merge) return run::merge_summaries(a.files, options);
  const run::Shard shard = a.shard.empty() ? run::Shard{} : run::shard_from(a.shard);
  return run::inspect(run::open_input(a.files, a.input_format, shard), options);
}

void inspect_command(const InspectArguments& a, const Globals& globals) {
  const run::Inspection inspection = inspection_of(a);
  if (!a.summary.empty()) run::save_summary(a.summary, inspection);
  print(globals.json ? inspect_json(inspection, a.top) : inspect_text(inspection, a.top));
}

}  // namespace

void add_inspect(CLI::App& app, Globals& globals) {
  auto a = std::make_shared<InspectArguments>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Counts rows and tokens, draws them, and says how many buckets they need");
  command->add_option("--spec", a->spec, "Columns as JSON; without it features are discovered");
  command->add_option("--buckets", a->buckets,
                      "Sizes to try: which tokens collide, expected and in fact: 1000,4096");
  command->add_option("--top", a->top, "Most frequent tokens whose shared buckets are named")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
  auto* exact = command
                    ->add_option("--exact-up-to", a->exact_up_to,
                                 "Distinct tokens of a feature to count one by one; of more, "
                                 "figures are estimates in as much memory")
                    ->check(CLI::Range(std::int64_t{64}, run::SummaryBounds::kMost))
                    ->capture_default_str();
  auto* format =
      command->add_option("--input-format", a->input_format,
                          "tfrecord[:example|:sequence_example], text, jsonl; else by extension");
  auto* shard =
      command->add_option("--shard", a->shard, "I/N: only the files whose number is I modulo N");
  command->add_option("--summary", a->summary, "Also write a file for --merge");
  command->add_flag("--merge", a->merge, "FILES are such summaries: report on all of them as one")
      ->excludes(exact, format, shard);
  command->add_option("FILES", a->files, "Input; - is standard input")->required();
  command->callback([a, &globals] { inspect_command(*a, globals); });
}

}  // namespace seqfeat::cli
