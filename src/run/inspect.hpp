// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "run/input.hpp"
#include "seqfeat/column.hpp"

namespace seqfeat::run {

/// How the distinct tokens of a feature would spread over so many buckets.
struct BucketReport {
  std::int64_t buckets = 0;
  std::int64_t occupied = 0;     ///< Buckets that some token falls into.
  std::int64_t collided = 0;     ///< Distinct tokens beyond the first of their bucket.
  double expected_collided = 0;  ///< The same if a perfect hash had thrown them.
};

/// What one feature holds.
struct FeatureReport {
  static constexpr std::size_t kBins = 65;

  std::string key;
  DType dtype = DType::string;
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  std::int64_t longest = 0;
  std::int64_t distinct = 0;
  std::array<std::int64_t, kBins> lengths{};  ///< Rows by length: 0, 1, 2-3, 4-7, 8-15, …
  std::vector<BucketReport> buckets;
};

struct InspectReport {
  std::int64_t rows = 0;
  std::vector<FeatureReport> features;
};

/// Which bin of `FeatureReport::lengths` a length belongs to.
[[nodiscard]] std::size_t length_bin(std::int64_t length) noexcept;

/// Collisions that `distinct` tokens thrown at random into `buckets` have on average.
[[nodiscard]] double expected_collisions(std::int64_t distinct, std::int64_t buckets);

/// Reads the input through. Without a spec its features are discovered.
///
/// Memory   8 bytes and some a distinct token.
/// Throws   InvalidArgument, DataError with FILE:NUMBER in front.
[[nodiscard]] InspectReport inspect(Input input, const std::vector<Column>& columns,
                                    const std::vector<std::int64_t>& buckets);

}  // namespace seqfeat::run
