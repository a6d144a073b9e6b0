// SPDX-License-Identifier: Apache-2.0
#include "run/advisor/perfect_hash.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "run/advisor/flat_map.hpp"

namespace seqfeat::run {
namespace {

constexpr std::int64_t kFewest = 2;  // as for a hash bucket column

/// The logarithm of the chance that `tokens` others all miss `taken` of the buckets.
double log_missed(double tokens, double taken, double buckets) {
  return tokens <= 0 ? 0 : tokens * std::log1p(-taken / buckets);
}

/// Puts words into buckets until it is known whether the limit holds.
class Trial {
 public:
  explicit Trial(std::span<const Word> words)
      : words_(words), slots_(std::bit_ceil(2 * words.size() + 2)) {}

  /// Whether fewer than `bound` occurrences collide. Frequent words come first, so that a size that
  /// is much too small is refused after few of them.
  [[nodiscard]] bool holds(std::int64_t buckets, double bound) {
    ++round_;
    const FastModulo modulo(static_cast<std::uint64_t>(buckets));
    double collided = 0;
    for (const Word& word : words_) {
      Slot& slot = slot_of(modulo(word.fingerprint));
      if (slot.round != round_) {
        slot = {modulo(word.fingerprint), word.occurrences, round_};
        continue;
      }
      collided += slot.alone + word.occurrences;
      slot.alone = 0;
      if (collided >= bound) return false;
    }
    return true;
  }

 private:
  struct Slot {
    std::uint64_t bucket = 0;
    double alone = 0;  // occurrences of the first word, until it collides
    std::uint64_t round = 0;
  };

  Slot& slot_of(std::uint64_t bucket) noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = mixed(bucket) & mask;
    while (slots_[at].round == round_ && slots_[at].bucket != bucket) at = (at + 1) & mask;
    return slots_[at];
  }

  std::span<const Word> words_;
  std::vector<Slot> slots_;
  std::uint64_t round_ = 0;
};

}  // namespace

double expected_collisions(double distinct, std::int64_t buckets) {
  // distinct - N (1 - (1 - 1/N)^distinct), by functions that stay exact for large N.
  const auto n = static_cast<double>(buckets);
  return std::max(0.0, distinct + n * std::expm1(distinct * std::log1p(-1.0 / n)));
}

Share expected_share(double distinct, double squares, std::int64_t buckets) {
  if (distinct <= 1) return {};
  const auto n = static_cast<double>(buckets);
  const double alone = log_missed(distinct - 1, 1, n);
  const double mean = -std::expm1(alone);
  // Two tokens are both alone if they are in two buckets that the other ones miss.
  const double both = std::log1p(-1 / n) + log_missed(distinct - 2, 2, n);
  const double covariance = std::exp(2 * alone) * std::expm1(both - 2 * alone);
  const double variance = squares * mean * (1 - mean) + (1 - squares) * covariance;
  return {mean, std::sqrt(std::max(0.0, variance))};
}

std::int64_t fewest_on_average(double distinct, double limit) {
  if (distinct <= 1) return kFewest;
  // (1 - 1/N)^(distinct - 1) > 1 - limit, solved for N.
  const double least = -1 / std::expm1(std::log1p(-limit) / (distinct - 1));
  auto buckets = std::max<std::int64_t>(kFewest, static_cast<std::int64_t>(least));
  while (expected_share(distinct, 0, buckets).mean >= limit) ++buckets;
  return buckets;
}

std::optional<std::int64_t> fewest_for(std::span<const Word> words, double limit) {
  double total = 0;
  for (const Word& word : words) total += word.occurrences;
  // Words that make up the rest do not collide, so each of them needs a bucket of its own.
  double covered = 0;
  std::int64_t first = 0;
  while (first < std::ssize(words) && covered <= (1 - limit) * total) {
    covered += words[static_cast<std::size_t>(first++)].occurrences;
  }
  Trial trial(words);
  const std::int64_t last = 2 * fewest_on_average(static_cast<double>(words.size()), limit);
  for (std::int64_t n = std::max(first, kFewest); n <= last;
       n += std::max<std::int64_t>(1, n / 64)) {
    if (trial.holds(n, limit * total)) return n;
  }
  return std::nullopt;
}

}  // namespace seqfeat::run
