// SPDX-License-Identifier: Apache-2.0
#include "run/inspect.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "cli/app.hpp"
#include "cli/output.hpp"
#include "run/options.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {
namespace {

using Json = nlohmann::ordered_json;

struct InspectArguments {
  std::string spec;
  std::string buckets;
  std::string input_format;
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

/// The lengths of a bin: [first, last].
std::pair<std::int64_t, std::int64_t> bin_range(std::size_t bin) {
  if (bin == 0) return {0, 0};
  const std::uint64_t first = std::uint64_t{1} << (bin - 1);
  return {static_cast<std::int64_t>(first), static_cast<std::int64_t>(2 * first - 1)};
}

std::size_t used_bins(const run::FeatureReport& feature) {
  std::size_t bins = feature.lengths.size();
  while (bins > 0 && feature.lengths[bins - 1] == 0) --bins;
  return bins;
}

Json as_json(const run::InspectReport& report) {
  Json features = Json::array();
  for (const run::FeatureReport& feature : report.features) {
    Json lengths = Json::array();
    for (std::size_t bin = 0; bin < used_bins(feature); ++bin) {
      const auto [first, last] = bin_range(bin);
      lengths.push_back({{"from", first}, {"to", last}, {"rows", feature.lengths[bin]}});
    }
    Json buckets = Json::array();
    for (const run::BucketReport& b : feature.buckets) {
      buckets.push_back({{"buckets", b.buckets},
                         {"occupied", b.occupied},
                         {"collisions", b.collided},
                         {"expected_collisions", b.expected_collided}});
    }
    features.push_back({{"key", feature.key},
                        {"dtype", to_string(feature.dtype)},
                        {"steps", feature.steps},
                        {"tokens", feature.tokens},
                        {"distinct", feature.distinct},
                        {"longest", feature.longest},
                        {"lengths", lengths},
                        {"buckets", buckets}});
  }
  return {{"schema_version", 1}, {"rows", report.rows}, {"features", features}};
}

void draw_lengths(std::ostringstream& text, const run::FeatureReport& feature) {
  constexpr std::int64_t kWidth = 40;
  const std::int64_t most = *std::max_element(feature.lengths.begin(), feature.lengths.end());
  for (std::size_t bin = 0; bin < used_bins(feature); ++bin) {
    const auto [first, last] = bin_range(bin);
    const std::string range =
        first == last ? std::to_string(first) : detail::concat(first, "-", last);
    const double share = static_cast<double>(feature.lengths[bin]) / static_cast<double>(most);
    std::int64_t bar = std::llround(share * static_cast<double>(kWidth));
    if (feature.lengths[bin] > 0) bar = std::max<std::int64_t>(bar, 1);
    text << "  " << std::setw(12) << range << "  " << std::setw(9) << feature.lengths[bin] << "  "
         << std::string(static_cast<std::size_t>(bar), '#') << "\n";
  }
}

std::string as_text(const run::InspectReport& report) {
  std::ostringstream text;
  text << report.rows << " rows\n";
  for (const run::FeatureReport& feature : report.features) {
    text << "\n"
         << feature.key << " (" << to_string(feature.dtype) << "): " << feature.tokens
         << " tokens in " << feature.steps << " steps, " << feature.distinct
         << " distinct, longest row " << feature.longest << "\n";
    text << "  " << std::setw(12) << "length"
         << "  " << std::setw(9) << "rows"
         << "\n";
    draw_lengths(text, feature);
    for (const run::BucketReport& b : feature.buckets) {
      text << "  " << b.buckets << " buckets: " << b.occupied << " occupied, " << b.collided
           << " tokens collide (" << std::fixed << std::setprecision(1) << b.expected_collided
           << " expected)\n";
    }
  }
  return text.str();
}

}  // namespace

void add_inspect(CLI::App& app, Globals& globals) {
  auto a = std::make_shared<InspectArguments>();
  CLI::App* command = app.add_subcommand("inspect", "Counts rows and tokens, draws their lengths");
  command->add_option("--spec", a->spec, "Columns as JSON; without it features are discovered");
  command->add_option("--buckets", a->buckets, "How tokens spread over so many: 1000,4096");
  command->add_option("--input-format", a->input_format,
                      "tfrecord[:example|:sequence_example], text, jsonl; else by extension");
  command->add_option("FILES", a->files, "Input; - is standard input")->required();
  command->callback([a, &globals] {
    std::vector<Column> columns;
    if (!a->spec.empty()) columns = run::read_spec(a->spec).columns;
    const std::vector<std::int64_t> buckets = bucket_counts(a->buckets);
    const auto report = run::inspect(run::open_input(a->files, a->input_format), columns, buckets);
    print(globals.json ? as_json(report).dump() + "\n" : as_text(report));
  });
}

}  // namespace seqfeat::cli
