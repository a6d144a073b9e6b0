// SPDX-License-Identifier: Apache-2.0
#include "run/part.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "seqfeat/layer.hpp"
#include "seqfeat/pack.hpp"

namespace seqfeat::run {
namespace {

TEST(Part, KnowsTheIndexInItsNameAndInNoOther) {
  for (const std::int64_t index : {0, 7, 99999, 100000}) {
    EXPECT_EQ(part_index(part_name(index)), index);
  }
  EXPECT_EQ(part_name(7), "part-00007.safetensors");
  for (const std::string_view ending : kPartEndings) {
    EXPECT_EQ(part_index(part_name(12, ending)), 12);
    EXPECT_EQ(ending_of(part_name(12, ending)), ending);
    EXPECT_EQ(part_index(proof_name(part_name(12, ending))), std::nullopt);
  }
  EXPECT_EQ(proof_name("part-00007.npz"), ".part-00007.npz.proof");
  for (const char* other : {"part-7.safetensors", "part-000007.safetensors", "part-.safetensors",
                            "part--0007.safetensors", "part-0000x.safetensors",
                            "part-00007.safetensors.gz", "apart-00007.safetensors"}) {
    EXPECT_EQ(part_index(other), std::nullopt) << other;
  }
}

// Two rows of one and three steps, whose table holds NaNs with a sign and a payload.
TEST(Part, MakesOneNanOfAllNansOnEitherSideOfThePadding) {
  const float odd = std::bit_cast<float>(0xffc00123U);
  const std::vector<float> table{odd, odd, odd, odd};
  Features features;
  features.set("k", from_rows({{"a"}, {"b", "c", "d"}}));
  for (const PaddingSide side : {PaddingSide::left, PaddingSide::right}) {
    const CategoricalColumn ids = sequence_categorical_column_with_hash_bucket("k", 2);
    SequenceFeatures layer({embedding_column(ids, 2)}, Backend::cpu(), {.padding_side = side});
    layer.bind("k_embedding", TableView{table.data(), 2, 2});
    const Batch batch = layer(features, Emit::values_only);
    unify_nans(batch, side);
    std::vector<std::uint32_t> expected(12, 0x7fc00000U);
    for (std::size_t i = 0; i < 4; ++i) expected[side == PaddingSide::left ? i : 2 + i] = 0;
    std::vector<std::uint32_t> got;
    for (const float value : batch.values()) got.push_back(std::bit_cast<std::uint32_t>(value));
    EXPECT_EQ(got, expected);
  }
}

}  // namespace
}  // namespace seqfeat::run
