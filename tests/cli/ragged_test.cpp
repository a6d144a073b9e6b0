// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"

// --emit ragged: the steps of `values` without padding; and what is sized by what is emitted.

namespace seqfeat::test {
namespace {

class CliRagged : public Jobs {};

TEST_F(CliRagged, HoldsTheStepsOfTheValuesWithoutPadding) {
  spec_ = folder_.write("s.json", R"({"columns": [{"type": "embedding_column", "dimension": 3,
    "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket",
                           "key": "tokens", "hash_bucket_size": 100}},
    {"type": "indicator_column", "categorical_column":
      {"type": "sequence_categorical_column_with_hash_bucket", "key": "tokens",
       "hash_bucket_size": 4}}], "max_length": 3, "truncation": "keep_last",
    "padding_side": "left"})");
  const std::string file = folder_.write("a.jsonl",
                                         "{\"tokens\": [\"a\", [\"b\", \"c\"], [], \"d\"], "
                                         "\"label\": 1}\n{\"tokens\": [], \"label\": 2}\n"
                                         "{\"tokens\": [\"e\"], \"label\": 3}\n");
  const std::vector<std::string> keep{"--keep", "label"};
  ASSERT_EQ(run("padded", {file}, {"--emit", "values,lengths,ids", "--keep", "label"}).code, 0);
  const Ended ended = run("ragged", {file}, {"--emit", "ragged,lengths,ids", "--keep", "label"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const SafetensorsFile padded(part("padded", 0));
  const SafetensorsFile ragged(part("ragged", 0));
  EXPECT_EQ(ragged.tensors().at("ragged_values").shape, (std::vector<std::int64_t>{4, 7}));
  EXPECT_EQ(integers_of(part("ragged", 0), "row_offsets"), (std::vector<std::int64_t>{0, 3, 3, 4}));
  const std::string values = bytes_of(part("padded", 0), "values");  // [3, 3, 7]
  const std::string steps = bytes_of(part("ragged", 0), "ragged_values");
  constexpr std::size_t kStep = 7 * sizeof(float);
  EXPECT_EQ(steps.substr(0, 3 * kStep), values.substr(0, 3 * kStep));
  EXPECT_EQ(steps.substr(3 * kStep), values.substr(8 * kStep)) << "padding stands on the left";
  for (const char* same : {"lengths", "keep/label", "ids/tokens_embedding"}) {
    EXPECT_EQ(bytes_of(part("ragged", 0), same), bytes_of(part("padded", 0), same)) << same;
  }
}

TEST_F(CliRagged, StandsBesideNeitherValuesNorMask) {
  const std::string file = text("a.txt", 3);
  for (const char* emit : {"ragged,values", "mask,ragged"}) {
    const Ended ended = run("o", {file}, {"--emit", emit});
    EXPECT_EQ(ended.code, 2);
    EXPECT_NE(ended.err.find("--emit: got ragged beside values or mask"), std::string::npos);
  }
}

// 65,536 rows, one of which has a million tokens: padded they would be 65 GB of mask alone.
TEST_F(CliRagged, SizesOnlyWhatIsEmitted) {
  std::string rows;
  for (int i = 0; i < 65536; ++i) {
    if (i == 1000) {
      for (int t = 0; t < 1'000'000; ++t) rows += "t ";
    }
    rows += "a\n";
  }
  const std::string file = folder_.write("long.txt", rows);
  for (const char* emit : {"ids", "lengths", "ragged"}) {
    const Ended ended = run(emit, {file}, {"--emit", emit, "--batch-size", "65536"});
    EXPECT_EQ(ended.code, 0) << ended.err;
  }
  EXPECT_EQ(SafetensorsFile(part("ragged", 0)).tensors().at("ragged_values").shape,
            (std::vector<std::int64_t>{1'065'536, 3}));
  const Ended mask = run("mask", {file}, {"--emit", "mask", "--batch-size", "65536"});
  EXPECT_EQ(mask.code, 1);
  EXPECT_NE(mask.err.find("mask [65536, 1000001]"), std::string::npos) << mask.err;
}

TEST_F(CliRagged, IsWhatAWarningAboutPaddingNames) {
  std::string rows(200, '\n');
  for (int t = 0; t < 500; ++t) rows += "t ";
  const std::string file = folder_.write("tail.txt", rows);
  const auto go = [&](const std::string& output, const std::vector<std::string>& more) {
    std::vector<std::string> all{"run", "--spec", spec_, "--output", folder_ / output, file};
    all.insert(all.end(), more.begin(), more.end());
    return seqfeat(folder_, all).err;
  };
  const std::string said = go("o", {});
  EXPECT_NE(said.find("padding is 9"), std::string::npos) << said;
  EXPECT_NE(said.find("--emit ragged"), std::string::npos) << said;
  EXPECT_EQ(said.find("padding is"), said.rfind("padding is")) << "once";
  EXPECT_NE(manifest("o")["warnings"].dump().find("padding is"), std::string::npos);
  EXPECT_EQ(go("p", {"--emit", "ragged,lengths"}).find("padding is"), std::string::npos);
}

}  // namespace
}  // namespace seqfeat::test
