// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "run/advisor/token_summary.hpp"

namespace seqfeat::run {

/// What a vocabulary of the most frequent words would cover.
struct Coverage {
  std::int64_t words = 0;
  double share = 0;  ///< Of all occurrences.
};

/// Frequent tokens that share a bucket.
struct SharedBucket {
  std::int64_t bucket = 0;
  std::vector<FrequentTokens::Entry> tokens;
};

/// What a column with so many buckets would do to these tokens.
struct SizeAdvice {
  std::int64_t buckets = 0;
  double occupied = 0;               ///< Buckets that some token falls into.
  double collided = 0;               ///< Distinct tokens beyond the first of their bucket.
  double expected_collided = 0;      ///< The same for a perfect hash.
  Share share;                       ///< Of occurrences that collide, with its standard error.
  Share expected_share;              ///< The same for a perfect hash, with its standard deviation.
  std::vector<SharedBucket> shared;  ///< Among the most frequent tokens.
};

/// The fewest buckets that keep the share of occurrences that collide below a limit.
struct Fewest {
  double limit = 0;
  std::int64_t on_average = 0;        ///< With a perfect hash.
  std::optional<std::int64_t> found;  ///< With these tokens; nothing if not all of them are known.
};

struct Advice {
  bool exact = false;  ///< Whether everything was counted.
  double distinct = 0;
  std::vector<Coverage> coverage;
  std::vector<SizeAdvice> sizes;
  std::vector<Fewest> fewest;
};

inline constexpr std::array<double, 2> kShareLimits{0.01, 0.001};

/// Says what a summary of `tokens` occurrences knows.
///
/// `top`  How many of the most frequent tokens to compare with each other.
[[nodiscard]] Advice advise(const TokenSummary& summary, std::int64_t tokens, std::int64_t top);

}  // namespace seqfeat::run
