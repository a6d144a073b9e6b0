// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/conformance/stored_case.hpp"

// Columns whose slices kernels write together, and slices that several stores share.

namespace seqfeat::test {
namespace {

class Groups : public BackendTest {};

/// Rows of strings, one value a step or a few.
ListFeature random_strings(Rng& rng, std::vector<std::int64_t>& lengths, std::int64_t values) {
  return random_feature(rng, DType::string, {.values = values}, lengths);
}

void add_embedding(Case& c, Rng& rng, const std::string& key, std::int64_t dim) {
  const auto column = embedding_column(sequence_categorical_column_with_hash_bucket(key, 30), dim);
  c.tables[column.name()] = random_floats(rng, 30 * dim);
  c.columns.emplace_back(column);
}

/// `columns` columns, most of them narrow, over rows of these lengths.
Case many_columns(Rng& rng, std::int64_t columns, std::vector<std::int64_t> lengths,
                  std::int64_t values) {
  Case c;
  for (std::int64_t k = 0; k < columns; ++k) {
    const std::string key = "k" + std::to_string(1000 + k);
    c.features[key] = random_strings(rng, lengths, values);
    if (rng.once_in(9)) {
      c.columns.emplace_back(
          indicator_column(sequence_categorical_column_with_hash_bucket(key, rng.between(2, 40))));
    } else {
      add_embedding(c, rng, key, rng.once_in(8) ? rng.between(32, 70) : rng.between(1, 31));
    }
  }
  return c;
}

TEST_P(Groups, OfNarrowAndWideColumnsAgreeWithLists) {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    Rng rng(300 + seed);
    SCOPED_TRACE(seed);
    // Few values are hashed by the kernel that writes them, many by one before it.
    std::vector<std::int64_t> lengths;
    for (std::int64_t b = rng.once_in(2) ? 3 : 60; b > 0; --b) lengths.push_back(rng.between(0, 9));
    const std::int64_t columns = rng.pick<std::int64_t>({2, 7, 33, 40});
    StoredCase stored(many_columns(rng, columns, lengths, rng.between(1, 2)), backend(), rng,
                      kFloatTypes[seed % 3],
                      rng.once_in(2) ? std::optional(kFloatTypes[seed / 3 % 3]) : std::nullopt);
    if (rng.once_in(3)) stored.shift_values();
    ASSERT_EQ(stored.difference_from_lists(rng.between(1, 2)), "");
  }
}

TEST_P(Groups, OfOneColumnOfAnyWidthAreWrittenWhereSlotsMeet) {
  for (std::int64_t dim = 1; dim <= 40; ++dim) {
    for (const std::int64_t rows : {1, 37}) {
      Rng rng(static_cast<std::uint64_t>(400 + dim + 100 * rows));
      const FloatType type = rng.pick({FloatType::float32, FloatType::float32, FloatType::float16});
      SCOPED_TRACE(testing::Message() << dim << ", " << rows << " rows, " << to_string(type));
      std::vector<std::int64_t> lengths;
      for (std::int64_t b = 0; b < rows; ++b) lengths.push_back(rng.between(0, 80));
      Case c;
      c.features["k"] = random_strings(rng, lengths, 1);
      add_embedding(c, rng, "k", dim);
      c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
      StoredCase stored(std::move(c), backend(), rng, type, type);
      if (rng.once_in(4)) stored.shift_values();
      ASSERT_EQ(stored.difference_from_lists(), "");
    }
  }
}

// More than a group takes, in one kernel and in two; the batch is smaller than what is planned for.
TEST_P(Groups, OfThreeHundredColumnsAgreeWithLists) {
  for (const std::int64_t rows : {2, 12}) {
    for (const FloatType out : {FloatType::float32, FloatType::bfloat16}) {
      Rng rng(static_cast<std::uint64_t>(600 + rows) + static_cast<std::uint64_t>(out));
      SCOPED_TRACE(testing::Message() << rows << " rows to " << to_string(out));
      std::vector<std::int64_t> lengths;
      for (std::int64_t b = 0; b < rows; ++b) lengths.push_back(rng.between(1, 3));
      StoredCase stored(many_columns(rng, 300, lengths, 1), backend(), rng, out, out);
      if (rows == 2) stored.shift_values();
      ASSERT_EQ(stored.difference_from_lists(rng.between(1, 3)), "");
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(Groups);

}  // namespace
}  // namespace seqfeat::test
