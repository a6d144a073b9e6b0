// SPDX-License-Identifier: Apache-2.0
#include "run/run.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "backend/concat.hpp"
#include "run/directory.hpp"
#include "run/pipeline.hpp"
#include "run/plan.hpp"
#include "run/rejected.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

/// Input without the keys of the columns is most likely a mistake.
void check_keys(const BatchReader& reader, std::int64_t parts, RunPlan& plan) {
  const std::vector<std::string> unseen = reader.unseen_keys();
  if (parts == 0 || unseen.empty()) return;
  std::vector<std::string> found;
  for (const std::string& key : reader.found_keys()) found.push_back(utf8_or_escaped(key));
  const std::string what = concat("no record has ", json_list(unseen), ", records have ",
                                  json_list(found), "; check the keys of the spec");
  const auto keys = make_parse_example_spec(plan.read.spec.columns).size();
  if (unseen.size() == keys) {
    throw DataError({.file = plan.read.input.files.front().name}, what + " and --input-format");
  }
  plan.warn(what);
}

/// Warns if padding makes up most of the output: a few long rows can do that.
void check_padding(const std::vector<PartInfo>& parts, std::int64_t dim, RunPlan& plan) {
  constexpr double kMuch = 0.8;
  const EmitSet& emit = plan.options.emit;
  const double bytes_of_slot =
      (emit.values ? 4.0 * static_cast<double>(dim) : 0.0) + (emit.mask ? 1.0 : 0.0);
  double padding = 0;
  double all = 0;
  for (const PartInfo& part : parts) {
    padding +=
        bytes_of_slot * static_cast<double>(std::max<std::int64_t>(part.slots - part.steps, 0));
    all += static_cast<double>(part.bytes);
  }
  if (padding <= kMuch * all) return;
  plan.warn(concat("padding is ", static_cast<int>(100 * padding / all), " % of the ",
                   static_cast<std::int64_t>(all),
                   " bytes written; --emit ragged has none, max_length in the spec cuts long rows, "
                   "and a smaller --batch-size pads to shorter ones"));
}

}  // namespace

RunEnd run(const RunOptions& options, const Backend& backend, const std::stop_token& stop,
           Progress& progress) {
  RunPlan plan = make_plan(options, stop);
  if (stop.stop_requested()) return RunEnd::stopped;
  progress.total = plan.read.input.row_bytes();
  progress.set_warnings(plan.warnings);
  SequenceFeatures layer(options.spec.columns, backend, options.spec.options);
  bind_tables(*plan.tables, layer);
  auto reading = std::make_shared<Reading>(plan.read);  // checks format against spec

  // An old run can be compared only if the hashes of the tables are known.
  const bool resume = options.existing == Existing::resume;
  const auto expected = resume ? plan.made_from.complete() : plan.made_from.draft();
  if (!expected) return RunEnd::stopped;
  OutputDirectory directory(plan, *expected);
  if (options.save_tables && !save_tables(*plan.tables, *options.save_tables, stop)) {
    return RunEnd::stopped;
  }
  if (const auto& old = directory.finished()) {
    progress.rows = old->rows;
    progress.tokens = old->tokens;
    progress.rejected = old->rejected;
    return RunEnd::already_finished;
  }

  Outcome outcome{.backend = backend.name(), .columns = layer.slices()};
  outcome.parts = Pipeline(plan, layer, directory, reading, stop, progress).run();
  const auto made = plan.made_from.complete();
  if (stop.stop_requested() || !made) return RunEnd::stopped;
  if (!options.publish.empty()) {
    const OldRun published = directory.publish(options.publish);
    progress.rows = progress.new_rows = published.rows;
    progress.tokens = published.tokens;
    progress.rejected = published.rejected;
    return RunEnd::finished;
  }
  outcome.rejected = progress.rejected;
  check_keys(reading->reader, std::ssize(outcome.parts), plan);
  check_padding(outcome.parts, layer.dim(), plan);
  progress.set_warnings(plan.warnings);
  std::optional<std::string> rejected;
  if (options.on_error.skip) rejected = rejected_lines(reading->reader.rejected());
  std::int64_t rows = 0;
  for (const PartInfo& part : outcome.parts) rows += part.rows;
  directory.finish(manifest_text(plan, *made, outcome), std::ssize(outcome.parts), rows, rejected);
  return RunEnd::finished;
}

}  // namespace seqfeat::run
