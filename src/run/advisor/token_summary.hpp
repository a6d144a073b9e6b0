// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "run/advisor/adaptive_sample.hpp"
#include "run/advisor/bucket_sample.hpp"
#include "run/advisor/frequent_tokens.hpp"
#include "run/advisor/hyperloglog.hpp"

namespace seqfeat::run {

/// How much a summary holds: distinct tokens, and buckets of each size that is asked about.
struct SummaryBounds {
  static constexpr std::int64_t kMost = std::int64_t{1} << 30;  ///< What either may be.

  std::size_t tokens = std::size_t{1} << 18;
  std::size_t buckets = std::size_t{1} << 20;
};

/// What is kept beside the frequent tokens once there are too many to keep all.
struct Estimates {
  HyperLogLog distinct;
  AdaptiveSample<std::int64_t> tokens;  ///< Occurrences of some of the tokens, also of rare ones.
  std::vector<BucketSample> buckets;    ///< One for each size.

  Estimates(SummaryBounds bounds, const std::vector<std::int64_t>& sizes);
  void add(std::uint64_t fingerprint, std::int64_t times);
};

/// The tokens of a feature in bounded memory: all of them with their counts, as long as they fit;
/// from then on estimates.
class TokenSummary {
 public:
  /// `sizes` are the numbers of buckets that will be asked about.
  TokenSummary(SummaryBounds bounds, std::vector<std::int64_t> sizes)
      : bounds_(bounds), sizes_(std::move(sizes)), frequent_(bounds.tokens) {}

  /// Counts a token. `name()` gives its text, which is kept if it is new.
  template <class Name>
  void add(std::uint64_t fingerprint, Name name, std::int64_t times = 1) {
    if (!estimates_ && !frequent_.has_room_for(fingerprint)) begin_estimates();
    if (estimates_) estimates_->add(fingerprint, times);
    frequent_.add(fingerprint, name, times);
  }

  /// Adds another part of the data. If it has estimates, it has them for all sizes of this one.
  void merge(const TokenSummary& other);

  /// Whether all counts are exact.
  [[nodiscard]] bool exact() const noexcept { return !estimates_; }

  [[nodiscard]] SummaryBounds bounds() const noexcept { return bounds_; }
  [[nodiscard]] const std::vector<std::int64_t>& sizes() const noexcept { return sizes_; }
  [[nodiscard]] const FrequentTokens& frequent() const noexcept { return frequent_; }
  [[nodiscard]] FrequentTokens& frequent() noexcept { return frequent_; }
  [[nodiscard]] const std::optional<Estimates>& estimates() const noexcept { return estimates_; }

  /// All buckets of a size, made from exact counts.
  [[nodiscard]] BucketSample count_buckets(std::int64_t size) const;

  /// Goes over to estimates.
  Estimates& begin_estimates();

  /// Bytes of memory that it holds.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  SummaryBounds bounds_;
  std::vector<std::int64_t> sizes_;
  FrequentTokens frequent_;
  std::optional<Estimates> estimates_;
};

}  // namespace seqfeat::run
