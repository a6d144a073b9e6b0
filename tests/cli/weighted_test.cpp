// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"

// Ids with weights through the program, in the forms of input that have several features.

namespace seqfeat::test {
namespace {

using Floats = std::vector<float>;

constexpr const char* kName = "i_weighted_by_w_embedding";

class CliWeighted : public Jobs {
 protected:
  CliWeighted() {
    spec_ = folder_.write("s.json", R"({"columns": [{"type": "embedding_column", "dimension": 3,
        "combiner": "sum", "categorical_column": {
        "type": "sequence_weighted_categorical_column", "weight_feature_key": "w",
        "categorical_column": {
        "type": "sequence_categorical_column_with_identity", "key": "i", "num_buckets": 4}}}]})");
  }
  [[nodiscard]] Floats values_of(const std::string& file) const {
    const Ended ended = run("o", {file}, {"--overwrite", "--emit", "values,lengths,ids"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(integers_of(part("o", 0), std::string("ids/") + kName),
              (std::vector<std::int64_t>{0, 3, 1}));
    EXPECT_EQ(seqfeat(folder_, {"verify", "--quiet", folder_ / "o"}).code, 0);
    return floats_of(part("o", 0), "values");
  }
};

TEST_F(CliWeighted, WeightsComeInEveryFormOfInput) {
  const std::string ones =
      folder_.write("a.jsonl", "{\"i\": [0, 3], \"w\": [1, 1]}\n{\"i\": [1], \"w\": [1]}\n");
  const std::string others =
      folder_.write("b.jsonl", "{\"i\": [0, 3], \"w\": [2.0, -4]}\n{\"i\": [1], \"w\": [0]}\n");
  Floats expected = values_of(ones);
  ASSERT_EQ(expected.size(), 12U);
  EXPECT_NE(expected[0], 0.0F);
  for (std::size_t i = 0; i < 3; ++i) {
    expected[i] *= 2;
    expected[3 + i] *= -4;
    expected[6 + i] *= 0;
  }
  for (const std::string& file :
       {others, tfrecord(others, "example"), tfrecord(others, "sequence_example")}) {
    SCOPED_TRACE(file);
    EXPECT_EQ(values_of(file), expected);
  }
}

TEST_F(CliWeighted, NamesTheRecordThatLacksAWeight) {
  const std::string file =
      folder_.write("a.jsonl", "{\"i\": [0, 3], \"w\": [1, 1]}\n{\"i\": [1, 1], \"w\": [1]}\n");
  const Ended ended = run("o", {file}, {"--json", "--overwrite"});
  EXPECT_EQ(ended.code, 3);
  const Json error = Json::parse(ended.out)["error"];
  EXPECT_EQ(error["record"], 2) << ended.out;
  EXPECT_EQ(error["column"], "w");
  const auto why = error["message"].get<std::string>();
  EXPECT_NE(why.find("got 0 weights in step 1, expected 1"), std::string::npos) << why;
  EXPECT_NE(why.find("feature 'i'"), std::string::npos) << why;
  ASSERT_EQ(run("o", {file}, {"--overwrite", "--on-error", "skip"}).code, 0);
  EXPECT_EQ(rejected("o").size(), 1U);
  EXPECT_EQ(manifest("o")["rejected"], 1);
}

TEST_F(CliWeighted, IsUnderstoodByTheOtherCommands) {
  const Json about = Json::parse(seqfeat(folder_, {"spec", "--json", spec_}).out);
  EXPECT_EQ(about["parse_spec"], Json::parse(R"({"i": "int64", "w": "float32"})"));
  const Json column = about["spec"]["columns"][0]["categorical_column"];
  EXPECT_EQ(column["type"], "sequence_weighted_categorical_column");
  EXPECT_EQ(column["weight_feature_key"], "w");
  const std::string file = folder_.write("a.jsonl", "{\"i\": [0, 3], \"w\": [0.5, 1]}\n");
  const Ended inspect = seqfeat(folder_, {"inspect", "--json", "--spec", spec_, file});
  ASSERT_EQ(inspect.code, 0) << inspect.err;
  const Json features = Json::parse(inspect.out)["features"];
  ASSERT_EQ(features.size(), 2U);
  EXPECT_EQ(features[1]["key"], "w");
  EXPECT_EQ(features[1]["tokens"], 2);
}

}  // namespace
}  // namespace seqfeat::test
