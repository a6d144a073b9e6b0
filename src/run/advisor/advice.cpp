// SPDX-License-Identifier: Apache-2.0
#include "run/advisor/advice.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>

#include "run/advisor/perfect_hash.hpp"
#include "run/advisor/spectrum.hpp"

namespace seqfeat::run {
namespace {

/// Vocabularies worth a line: powers of ten, `top`, and all words.
std::vector<Coverage> coverage_of(const Spectrum& spectrum, std::int64_t top) {
  const std::int64_t all = std::llround(spectrum.distinct());
  std::set<std::int64_t> sizes{std::min(top, all), all};
  for (std::int64_t words = 10; words < all; words *= 10) sizes.insert(words);
  sizes.erase(0);
  std::vector<Coverage> coverage;
  for (const std::int64_t words : sizes) coverage.push_back({words, spectrum.covered(words)});
  return coverage;
}

/// The buckets that several of these tokens share, the most frequent tokens first.
std::vector<SharedBucket> shared_by(std::span<const FrequentTokens::Entry> tokens,
                                    const BucketSample& buckets) {
  std::map<std::uint64_t, std::size_t> place;
  std::vector<SharedBucket> shared;
  for (const auto& token : tokens) {
    const std::uint64_t bucket = buckets.bucket_of(token.key);
    const auto [at, is_new] = place.try_emplace(bucket, shared.size());
    if (is_new) shared.push_back({static_cast<std::int64_t>(bucket), {}});
    shared[at->second].tokens.push_back(token);
  }
  std::erase_if(shared, [](const SharedBucket& one) { return one.tokens.size() < 2; });
  return shared;
}

SizeAdvice advise_size(const BucketSample& buckets, const Spectrum& spectrum, double tokens,
                       std::span<const FrequentTokens::Entry> top, bool exact) {
  SizeAdvice advice;
  advice.buckets = buckets.size();
  advice.occupied = std::min(buckets.occupied(), static_cast<double>(buckets.size()));
  advice.collided = buckets.collisions(spectrum.distinct(), exact);
  advice.expected_collided = expected_collisions(spectrum.distinct(), buckets.size());
  advice.expected_share = expected_share(spectrum.distinct(), spectrum.squares(), buckets.size());
  advice.share = buckets.collided(spectrum.frequent(), tokens, advice.expected_share.mean);
  advice.shared = shared_by(top, buckets);
  return advice;
}

std::vector<Fewest> fewest_of(const TokenSummary& summary, const Spectrum& spectrum) {
  std::vector<Fewest> fewest;
  for (const double limit : kShareLimits) {
    fewest.push_back({limit, fewest_on_average(spectrum.distinct(), limit), {}});
    if (summary.exact()) fewest.back().found = fewest_for(spectrum.frequent(), limit);
  }
  return fewest;
}

}  // namespace

Advice advise(const TokenSummary& summary, std::int64_t tokens, std::int64_t top) {
  const auto occurrences = static_cast<double>(std::max<std::int64_t>(tokens, 1));
  const Spectrum spectrum(summary, occurrences);
  Advice advice;
  advice.exact = summary.exact();
  advice.distinct = spectrum.distinct();
  advice.coverage = coverage_of(spectrum, top);
  const std::vector<FrequentTokens::Entry> most =
      summary.frequent().most_frequent(static_cast<std::size_t>(top));
  const auto add = [&](const BucketSample& buckets) {
    advice.sizes.push_back(advise_size(buckets, spectrum, occurrences, most, summary.exact()));
  };
  if (summary.exact()) {
    for (const std::int64_t size : summary.sizes()) add(summary.count_buckets(size));
  } else {
    for (const BucketSample& buckets : summary.estimates()->buckets) add(buckets);
  }
  advice.fewest = fewest_of(summary, spectrum);
  return advice;
}

}  // namespace seqfeat::run
