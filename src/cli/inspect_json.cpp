// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/inspect_report.hpp"
#include "run/advisor/advice.hpp"

namespace seqfeat::cli {
namespace {

using Json = nlohmann::ordered_json;

Json lengths_json(const run::FeatureTally& feature) {
  Json lengths = Json::array();
  for (std::size_t bin = 0; bin < used_bins(feature); ++bin) {
    const auto [first, last] = length_range(bin);
    lengths.push_back({{"from", first}, {"to", last}, {"rows", feature.lengths.at(bin)}});
  }
  return lengths;
}

Json shared_json(const std::vector<run::SharedBucket>& shared) {
  Json all = Json::array();
  for (const run::SharedBucket& one : shared) {
    Json tokens = Json::array();
    for (const auto& [fingerprint, token] : one.tokens) {
      tokens.push_back({{"token", token.name.text()},
                        {"fingerprint", std::to_string(fingerprint)},
                        {"occurrences", std::llround(token.estimate())}});
    }
    all.push_back({{"bucket", one.bucket}, {"tokens", tokens}});
  }
  return all;
}

Json sizes_json(const run::Advice& advice) {
  Json sizes = Json::array();
  for (const run::SizeAdvice& size : advice.sizes) {
    sizes.push_back({{"buckets", size.buckets},
                     {"occupied", std::llround(size.occupied)},
                     {"collisions", std::llround(size.collided)},
                     {"expected_collisions", size.expected_collided},
                     {"share", size.share.mean},
                     {"share_spread", size.share.spread},
                     {"expected_share", size.expected_share.mean},
                     {"expected_share_spread", size.expected_share.spread},
                     {"shared_by_top", shared_json(size.shared)}});
  }
  return sizes;
}

Json feature_json(const run::FeatureTally& feature, std::int64_t top) {
  const run::Advice advice = run::advise(feature.summary, feature.tokens, top);
  Json coverage = Json::array();
  for (const run::Coverage& one : advice.coverage) {
    coverage.push_back({{"words", one.words}, {"share", one.share}});
  }
  Json fewest = Json::array();
  for (const run::Fewest& one : advice.fewest) {
    fewest.push_back({{"share_below", one.limit},
                      {"on_average", one.on_average},
                      {"for_these_tokens", one.found ? Json(*one.found) : Json(nullptr)}});
  }
  return {{"key", feature.key},         {"dtype", to_string(feature.dtype)},
          {"steps", feature.steps},     {"tokens", feature.tokens},
          {"exact", advice.exact},      {"distinct", std::llround(advice.distinct)},
          {"longest", feature.longest}, {"lengths", lengths_json(feature)},
          {"coverage", coverage},       {"buckets", sizes_json(advice)},
          {"fewest_buckets", fewest}};
}

}  // namespace

std::string inspect_json(const run::Inspection& inspection, std::int64_t top) {
  Json features = Json::array();
  for (const run::FeatureTally& feature : inspection.features) {
    features.push_back(feature_json(feature, top));
  }
  const Json report{{"schema_version", 1}, {"rows", inspection.rows}, {"features", features}};
  return report.dump() + "\n";
}

}  // namespace seqfeat::cli
