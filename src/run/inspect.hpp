// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "run/input.hpp"
#include "seqfeat/column.hpp"

namespace seqfeat::run {

/// How the distinct tokens of a feature spread over `buckets` buckets.
struct BucketReport {
  std::int64_t buckets = 0;
  std::int64_t occupied = 0;     ///< Buckets that some token falls into.
  std::int64_t collided = 0;     ///< Distinct tokens beyond the first of their bucket.
  double expected_collided = 0;  ///< The same for a perfect hash.
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

/// The bin of a length in `FeatureReport::lengths`.
[[nodiscard]] std::size_t length_bin(std::int64_t length) noexcept;

/// The mean number of collisions of `distinct` tokens in random buckets.
[[nodiscard]] double expected_collisions(std::int64_t distinct, std::int64_t buckets);

/// Reads all of the input. Without a spec, discovers its features.
///
/// Memory   Some ten bytes per distinct token.
/// Throws   InvalidArgument, DataError with FILE:NUMBER in front.
[[nodiscard]] InspectReport inspect(Input input, const std::vector<Column>& columns,
                                    const std::vector<std::int64_t>& buckets);

}  // namespace seqfeat::run
