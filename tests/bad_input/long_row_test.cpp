// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "seqfeat/layer.hpp"
#include "tests/bad_input/memory.hpp"

// One row of a million tokens among thousands of short ones: padded, it takes terabytes.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kRows = 65536;
constexpr std::int64_t kLongest = 1000000;
constexpr std::int64_t kSteps = kLongest + kRows - 1;
constexpr std::int64_t kBuckets = 1000;
constexpr std::int64_t kDim = 10;
constexpr std::int64_t kMostBytes = std::int64_t{128} << 20;

Features one_long_row() {
  Ragged tokens(DType::int64);
  for (std::int64_t row = 0; row < kRows; ++row) {
    for (std::int64_t t = row == 0 ? kLongest : 1; t > 0; --t) {
      tokens.add_value(row + t);
      tokens.end_step();
    }
    tokens.end_row();
  }
  Features features;
  features.set("k", std::move(tokens));
  return features;
}

TEST(LongRow, TakesWhatItsStepsNeedWhereNothingIsPadded) {
  const auto column = embedding_column(
      sequence_categorical_column_with_hash_bucket("k", kBuckets, DType::int64), kDim);
  SequenceFeatures layer({column}, Backend::cpu(host_memory_resource()));
  std::vector<float> table;
  for (std::int64_t i = 0; i < kBuckets * kDim; ++i) table.push_back(static_cast<float>(i));
  layer.bind("k_embedding", {table.data(), kBuckets, kDim});
  const Features features = one_long_row();

  const MemoryPeak peak;
  const Batch lengths = layer(features, Emit::lengths);
  EXPECT_EQ(lengths.lengths()[0], kLongest);
  EXPECT_EQ(lengths.lengths()[1], 1);
  const Batch ids = layer(features, Emit::ids);
  const std::vector<std::int64_t>& buckets = ids.ids()[0].ids;
  ASSERT_EQ(std::ssize(buckets), kSteps);
  const Batch ragged = layer(features, Emit::ragged);
  EXPECT_LT(peak.above_baseline(), kMostBytes);

  EXPECT_EQ(ragged.row_offsets()[1], kLongest);
  EXPECT_EQ(ragged.row_offsets()[kRows], kSteps);
  const std::span<const float> values = ragged.ragged_values();
  ASSERT_EQ(std::ssize(values), kSteps * kDim);
  for (std::int64_t s = 0; s < kSteps; ++s) {
    const std::int64_t bucket = buckets[static_cast<std::size_t>(s)];
    for (std::int64_t d = 0; d < kDim; ++d) {
      ASSERT_EQ(values[static_cast<std::size_t>(s * kDim + d)],
                table[static_cast<std::size_t>(bucket * kDim + d)])
          << "step " << s;
    }
  }
}

}  // namespace
}  // namespace seqfeat::test
