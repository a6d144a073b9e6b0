// SPDX-License-Identifier: Apache-2.0
#include "run/advisor/bucket_sample.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "run/advisor/hyperloglog.hpp"

namespace seqfeat::run {
namespace {

constexpr std::size_t kMostHeld = 4096;  // after merging; more files agree on fewer buckets

/// The frequent tokens of one bucket.
struct Known {
  double occurrences = 0;
  double squares = 0;
  int tokens = 0;
};

}  // namespace

void BucketSample::merge(const BucketSample& other) {
  FlatMap<Bucket> held;
  for (const FlatMap<Bucket>* map : {&std::as_const(held_), &other.held_}) {
    for (const auto& entry : map->entries()) {
      const bool both_know = knows(entry.key) && other.knows(entry.key);
      if (!both_know || held.find(entry.key) != nullptr || held.size() == kMostHeld) continue;
      Bucket& sum = held[entry.key];
      for (const BucketSample* part : {static_cast<const BucketSample*>(this), &other}) {
        if (const Bucket* bucket = part->find(entry.key)) sum.add(*bucket);
      }
    }
  }
  sample_.merge(other.sample_, [](Bucket& own, const auto& entry) { own.add(entry.value); });
  held_ = std::move(held);
}

double BucketSample::collisions(double distinct, bool exact) const {
  const double by_number = std::max(0.0, distinct - occupied());
  if (exact) return by_number;
  double several = 0;
  for (const auto& entry : sample_.entries()) several += entry.value.collided() ? 1 : 0;
  // Tokens K in a bucket are a Poisson number with this mean; moments of K - 1 where K >= 2.
  const double load = distinct / static_cast<double>(size_);
  const double empty = std::exp(-load);
  const double chance = -std::expm1(-load) - load * empty;
  if (chance <= 0 || several == 0) return several == 0 ? 0 : several / sample_.rate();
  const double mean = std::max(1.0, (load - 1 + empty) / chance);
  const double squares = (load + (load - 1) * (load - 1) - empty) / chance;
  const double left_out = (1 - sample_.rate()) / (sample_.rate() * sample_.rate());
  const double counted = static_cast<double>(sample_.entries().size());
  const double error = HyperLogLog::kError * distinct;
  const double variance_by_number = error * error + counted * left_out;
  const double variance_by_buckets =
      several * std::max(0.0, squares - mean * mean) / sample_.rate() +
      several * mean * mean * left_out;
  if (variance_by_number < variance_by_buckets) return by_number;
  return several / sample_.rate() * mean;
}

Share BucketSample::collided(std::span<const Word> frequent, double total, double chance) const {
  if (total == 0) return {};
  double seen = 0;
  if (sample_.halvings() == 0) {
    for (const auto& [key, bucket] : sample_.entries()) {
      if (bucket.collided()) seen += bucket.occurrences();
    }
    return {seen / total, 0};
  }
  FlatMap<Known> known;
  double rest = total;
  for (const auto& [fingerprint, occurrences] : frequent) {
    Known& in_bucket = known[bucket_of(fingerprint)];
    in_bucket.occurrences += occurrences;
    in_bucket.squares += occurrences * occurrences;
    ++in_bucket.tokens;
    rest -= occurrences;
  }
  double variance = 0;
  for (const auto& [bucket, tokens] : known.entries()) {
    if (const Bucket* all = find(bucket)) {
      if (all->collided()) seen += tokens.occurrences;
    } else if (tokens.tokens > 1) {
      seen += tokens.occurrences;
    } else {
      seen += chance * tokens.occurrences;
      variance += chance * (1 - chance) * tokens.squares;
    }
  }
  const auto others = [&](const auto& entry) {
    const Known* tokens = known.find(entry.key);
    return std::max(0.0, entry.value.occurrences() - (tokens == nullptr ? 0 : tokens->occurrences));
  };
  double sum = 0;
  double colliding = 0;
  for (const auto& entry : sample_.entries()) {
    sum += others(entry);
    if (entry.value.collided()) colliding += others(entry);
  }
  if (sum > 0 && rest > 0) {
    const double ratio = colliding / sum;
    double squares = 0;
    for (const auto& entry : sample_.entries()) {
      const double residual = others(entry) * ((entry.value.collided() ? 1 : 0) - ratio);
      squares += residual * residual;
    }
    seen += ratio * rest;
    variance += (1 - sample_.rate()) * squares * (rest / sum) * (rest / sum);
  }
  return {std::min(1.0, seen / total), std::sqrt(variance) / total};
}

}  // namespace seqfeat::run
