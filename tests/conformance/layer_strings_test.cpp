// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/stored.hpp"

// Strings of every size that layers hash, of bytes by chance: no part of one is like another. The
// kernels that hash for a layer, alone or beside columns that do not hash, each have a copy of what
// hash_strings does.

namespace seqfeat::test {
namespace {

class LayerStrings : public BackendTest {
 protected:
  /// Compares the layer's answer with lists, from the host's memory and from a device's, where
  /// buffers end with the last string and offsets have either width.
  static void expect_lists(const Case& c) {
    const Answer expected = answer_by_lists(c);
    const SequenceFeatures layer = c.layer(backend());
    const Features features = c.pack();
    EXPECT_EQ(difference(layer(features), expected), "");
    for (const bool wide : {false, true}) {
      if (!backend().on_device()) return;
      OnDevice memory(backend());
      EXPECT_EQ(difference(layer(memory.keep(features, wide)), expected), "");
    }
  }
};

void add(Case& c, Rng& rng, const EmbeddingColumn& column) {
  c.tables[column.name()] = random_floats(rng, column.categorical().rows() * column.dimension());
  c.columns.emplace_back(column);
}

/// Sizes: all up to two of the hash's blocks, then around what a warp can stage and what it stages
/// of larger ones at once. Such a large one also ends the buffer, in the first or second half of
/// that.
std::vector<std::int64_t> sizes_of_strings(Rng& rng) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 0; size <= 130; ++size) sizes.push_back(size);
  for (const std::int64_t size : {959, 960, 961, 1024, 1920, 2095, 2096, 2097, 2112, 2880, 5003}) {
    sizes.push_back(size);
    sizes.push_back(rng.between(0, 40));
  }
  if (rng.once_in(2)) std::reverse(sizes.begin(), sizes.end());
  sizes.push_back(rng.once_in(2) ? 3580 : 2990);
  return sizes;
}

Case strings_of(Rng& rng, bool mixed) {
  Case c;
  const std::vector<std::int64_t> sizes = sizes_of_strings(rng);
  ListFeature strings{DType::string, {}};
  ListFeature numbers{DType::int64, {}};
  for (const std::int64_t size : sizes) {
    strings.rows.push_back({{rng.bytes(size)}});
    numbers.rows.push_back({{std::to_string(rng.between(0, 8))}});
  }
  c.features["s"] = std::move(strings);
  add(c, rng, embedding_column(sequence_categorical_column_with_hash_bucket("s", 4001), 3));
  if (mixed) {
    c.features["n"] = std::move(numbers);
    add(c, rng, embedding_column(sequence_categorical_column_with_identity("n", 9), 2));
  }
  c.options = {.max_length = 1, .padding = Padding::max_length};
  return c;
}

TEST_P(LayerStrings, OfEverySizeAgreeWithLists) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (const bool mixed : {false, true}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << (mixed ? ", mixed" : ""));
      Rng rng(900 + seed);
      expect_lists(strings_of(rng, mixed));
    }
  }
}

/// Short strings and a few longer ones, so many that a warp of a device has tiles of 128 of them:
/// 130 rows of 512 values.
Case many_strings(Rng& rng, bool mixed) {
  Case c;
  ListFeature strings{DType::string, {}};
  ListFeature numbers{DType::int64, {}};
  for (int b = 0; b < 130; ++b) {
    Step texts;
    Step digits;
    for (int i = 0; i < 512; ++i) {
      texts.push_back(rng.bytes(rng.once_in(300) ? rng.between(33, 90) : rng.between(0, 32)));
      digits.push_back(std::to_string(rng.between(0, 8)));
    }
    strings.rows.push_back({std::move(texts)});
    numbers.rows.push_back({std::move(digits)});
  }
  c.features["s"] = std::move(strings);
  add(c, rng, embedding_column(sequence_categorical_column_with_hash_bucket("s", 4001), 1));
  if (mixed) {
    c.features["n"] = std::move(numbers);
    add(c, rng, embedding_column(sequence_categorical_column_with_identity("n", 9), 1));
  } else {
    c.features["t"] = c.features["s"];
    add(c, rng, embedding_column(sequence_categorical_column_with_hash_bucket("t", 97), 1));
  }
  c.options = {.max_length = 1, .padding = Padding::max_length};
  return c;
}

TEST_P(LayerStrings, ManyToAWarpAgreeWithLists) {
  for (const bool mixed : {false, true}) {
    SCOPED_TRACE(mixed ? "mixed" : "strings alone");
    Rng rng(950);
    expect_lists(many_strings(rng, mixed));
  }
}

SEQFEAT_ON_EVERY_BACKEND(LayerStrings);

}  // namespace
}  // namespace seqfeat::test
