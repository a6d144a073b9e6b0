// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "run/advisor/token_summary.hpp"

namespace seqfeat::run {

/// How often tokens occur: how many are frequent, how many are rare.
///
/// Frequent tokens are taken one by one from their counts. The others are estimated from the
/// sample, in which rare tokens have exact counts too: their number and their occurrences are what
/// the frequent ones leave over of all.
class Spectrum {
 public:
  Spectrum(const TokenSummary& summary, double tokens);

  [[nodiscard]] double distinct() const noexcept { return distinct_; }

  /// The tokens whose counts are known to an eighth or better, the most frequent ones first.
  [[nodiscard]] const std::vector<Word>& frequent() const noexcept { return frequent_; }

  /// The share of the `words` most frequent tokens.
  [[nodiscard]] double covered(std::int64_t words) const noexcept;

  /// The sum of the squared shares of all tokens.
  [[nodiscard]] double squares() const noexcept;

 private:
  /// Tokens that occur equally often.
  struct Level {
    double words = 0;
    double share = 0;  // of each of them
  };

  void add_others(const AdaptiveSample<std::int64_t>& sample, double tokens);

  double distinct_ = 0;
  std::vector<Word> frequent_;
  std::vector<Level> levels_;  // by share, the largest first
};

}  // namespace seqfeat::run
