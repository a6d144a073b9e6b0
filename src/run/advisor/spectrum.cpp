// SPDX-License-Identifier: Apache-2.0
#include "run/advisor/spectrum.hpp"

#include <algorithm>

namespace seqfeat::run {
namespace {

constexpr std::int64_t kWellKnown = 4;  // a count is at least so many times its error

}  // namespace

Spectrum::Spectrum(const TokenSummary& summary, double tokens) {
  for (const auto& [fingerprint, token] : summary.frequent().entries()) {
    if (token.count / kWellKnown >= token.error) {
      frequent_.push_back({fingerprint, token.estimate()});
    }
  }
  std::sort(frequent_.begin(), frequent_.end(), [](const Word& a, const Word& b) {
    return a.occurrences != b.occurrences ? a.occurrences > b.occurrences
                                          : a.fingerprint < b.fingerprint;
  });
  for (const Word& word : frequent_) levels_.push_back({1, word.occurrences / tokens});
  distinct_ = static_cast<double>(frequent_.size());
  if (summary.exact()) return;
  const Estimates& estimates = *summary.estimates();
  distinct_ = std::max(distinct_, estimates.distinct.estimate());
  add_others(estimates.tokens, tokens);
  std::stable_sort(levels_.begin(), levels_.end(),
                   [](const Level& a, const Level& b) { return a.share > b.share; });
}

void Spectrum::add_others(const AdaptiveSample<std::int64_t>& sample, double tokens) {
  FlatMap<bool> known;
  double words = distinct_ - static_cast<double>(frequent_.size());
  double share = 1;
  for (const Word& word : frequent_) {
    known[word.fingerprint] = true;
    share -= word.occurrences / tokens;
  }
  double sampled = 0;
  double occurrences = 0;
  for (const auto& [fingerprint, count] : sample.entries()) {
    if (known.find(fingerprint) != nullptr) continue;
    sampled += 1;
    occurrences += static_cast<double>(count);
  }
  if (sampled == 0 || share <= 0) return;
  words = std::max(words, sampled);
  for (const auto& [fingerprint, count] : sample.entries()) {
    if (known.find(fingerprint) != nullptr) continue;
    const double part = static_cast<double>(count) / occurrences;
    levels_.push_back({words / sampled, share * part * sampled / words});
  }
}

double Spectrum::covered(std::int64_t words) const noexcept {
  auto left = static_cast<double>(words);
  double share = 0;
  for (const Level& level : levels_) {
    share += std::min(left, level.words) * level.share;
    left -= level.words;
    if (left <= 0) break;
  }
  return std::min(1.0, share);
}

double Spectrum::squares() const noexcept {
  double sum = 0;
  for (const Level& level : levels_) sum += level.words * level.share * level.share;
  return std::min(1.0, sum);
}

}  // namespace seqfeat::run
