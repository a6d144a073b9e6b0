// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "backend/concat.hpp"
#include "cli/inspect_report.hpp"
#include "run/advisor/advice.hpp"

namespace seqfeat::cli {
namespace {

constexpr int kWidth = 40;              // of a bar
constexpr std::size_t kMostShared = 8;  // buckets to name

/// A bar for a share; anything above 0 shows.
std::string bar(double share) {
  std::int64_t size = std::llround(share * kWidth);
  if (share > 0) size = std::max<std::int64_t>(size, 1);
  return std::string(static_cast<std::size_t>(size), '#');
}

std::string percent(double share) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << 100 * share << " %";
  return text.str();
}

/// "1,234,567".
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

void draw_lengths(std::ostringstream& text, const run::FeatureTally& feature) {
  text << "  " << std::setw(12) << "length"
       << "  " << std::setw(9) << "rows"
       << "\n";
  const std::int64_t most = *std::max_element(feature.lengths.begin(), feature.lengths.end());
  for (std::size_t bin = 0; bin < used_bins(feature); ++bin) {
    const auto [first, last] = length_range(bin);
    const std::int64_t rows = feature.lengths.at(bin);
    const std::string range =
        first == last ? std::to_string(first) : detail::concat(first, "-", last);
    text << "  " << std::setw(12) << range << "  " << std::setw(9) << rows << "  "
         << bar(static_cast<double>(rows) / static_cast<double>(most)) << "\n";
  }
}

void draw_coverage(std::ostringstream& text, const run::Advice& advice) {
  if (advice.coverage.empty()) return;
  text << "  " << std::setw(12) << "vocabulary"
       << "  " << std::setw(9) << "covers"
       << "\n";
  for (const run::Coverage& one : advice.coverage) {
    text << "  " << std::setw(12) << grouped(one.words) << "  " << std::setw(9)
         << percent(one.share) << "  " << bar(one.share) << "\n";
  }
}

void draw_sizes(std::ostringstream& text, const run::Advice& advice) {
  if (advice.sizes.empty()) return;
  text << "  " << std::setw(12) << "buckets"
       << "  " << std::setw(9) << "collide"
       << "  " << std::left << std::setw(kWidth) << "of all tokens" << std::right
       << "  with a perfect hash\n";
  for (const run::SizeAdvice& size : advice.sizes) {
    text << "  " << std::setw(12) << grouped(size.buckets) << "  " << std::setw(9)
         << percent(size.share.mean) << "  " << std::left << std::setw(kWidth)
         << bar(size.share.mean) << std::right << "  " << percent(size.expected_share.mean) << " ± "
         << percent(size.expected_share.spread);
    if (size.share.spread > 0) text << "; known to ± " << percent(size.share.spread);
    text << "\n";
  }
  for (const run::SizeAdvice& size : advice.sizes) {
    text << "  " << grouped(size.buckets) << " buckets: " << grouped(std::llround(size.occupied))
         << " occupied, " << grouped(std::llround(size.collided))
         << " distinct tokens are not the first of their bucket (" << std::fixed
         << std::setprecision(1) << size.expected_collided << " expected)\n";
  }
}

void name_shared(std::ostringstream& text, const run::Advice& advice, std::int64_t top) {
  for (const run::SizeAdvice& size : advice.sizes) {
    if (size.shared.empty()) continue;
    text << "  of the " << top << " most frequent tokens these share one of "
         << grouped(size.buckets) << " buckets:\n";
    for (std::size_t i = 0; i < std::min(size.shared.size(), kMostShared); ++i) {
      text << "    ";
      const char* between = "";
      for (const auto& entry : size.shared[i].tokens) {
        text << between << entry.value.name.text() << " ("
             << grouped(std::llround(entry.value.estimate())) << ")";
        between = "  ";
      }
      text << "\n";
    }
    if (size.shared.size() > kMostShared) {
      text << "    and " << size.shared.size() - kMostShared
           << " more such buckets; --json has all\n";
    }
  }
}

void say_fewest(std::ostringstream& text, const run::Advice& advice) {
  for (const run::Fewest& one : advice.fewest) {
    text << "  less than " << std::defaultfloat << 100 * one.limit
         << " % of the tokens collide: with " << grouped(one.on_average) << " buckets on average";
    if (one.found) text << ", with " << grouped(*one.found) << " for these tokens";
    text << "\n";
  }
}

void write_feature(std::ostringstream& text, const run::FeatureTally& feature, std::int64_t top) {
  const run::Advice advice = run::advise(feature.summary, feature.tokens, top);
  text << "\n"
       << feature.key << " (" << to_string(feature.dtype) << "): " << feature.tokens
       << " tokens in " << feature.steps << " steps, " << (advice.exact ? "" : "about ")
       << std::llround(advice.distinct) << " distinct, longest row " << feature.longest << "\n";
  draw_lengths(text, feature);
  draw_coverage(text, advice);
  draw_sizes(text, advice);
  name_shared(text, advice, top);
  if (feature.tokens > 0) say_fewest(text, advice);
}

}  // namespace

LengthRange length_range(std::size_t bin) noexcept {
  if (bin == 0) return {};
  const std::uint64_t first = std::uint64_t{1} << (bin - 1);
  return {static_cast<std::int64_t>(first), static_cast<std::int64_t>(2 * first - 1)};
}

std::size_t used_bins(const run::FeatureTally& feature) noexcept {
  std::size_t bins = feature.lengths.size();
  while (bins > 0 && feature.lengths.at(bins - 1) == 0) --bins;
  return bins;
}

std::string inspect_text(const run::Inspection& inspection, std::int64_t top) {
  std::ostringstream text;
  text << inspection.rows << " rows\n";
  for (const run::FeatureTally& feature : inspection.features) write_feature(text, feature, top);
  return text.str();
}

}  // namespace seqfeat::cli
