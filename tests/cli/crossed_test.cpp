// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <vector>

#include "seqfeat/crossed.hpp"
#include "tests/cli/jobs.hpp"

// Crosses of features through the program, in every form of input that has several features.

namespace seqfeat::test {
namespace {

using Ints = std::vector<std::int64_t>;

constexpr const char* kCross = R"({"type": "sequence_crossed_column",
    "keys": ["s", {"key": "n", "dtype": "int64"}], "hash_bucket_size": 1000})";

class CliCrossed : public Jobs {
 protected:
  CliCrossed() {
    spec_ = folder_.write("s.json",
                          std::string(R"({"columns": [{"type": "embedding_column", "dimension": 2,
                              "categorical_column": )") +
                              kCross + "}]}");
  }

  static std::int64_t id(std::string_view s, std::int64_t n) {
    const std::uint64_t first = fingerprint_cat64(kDefaultCrossKey, fingerprint64(s));
    return static_cast<std::int64_t>(fingerprint_cat64(first, static_cast<std::uint64_t>(n)) %
                                     1000);
  }
};

TEST_F(CliCrossed, ReadsEveryFormOfInput) {
  const std::string lines = folder_.write("a.jsonl",
                                          "{\"s\": [\"x\", \"y\"], \"n\": [1, -2]}\n"
                                          "{\"s\": [], \"n\": []}\n{\"s\": [\"\"], \"n\": [4]}\n");
  for (const std::string& file :
       {lines, tfrecord(lines, "example"), tfrecord(lines, "sequence_example")}) {
    SCOPED_TRACE(file);
    const Ended ended = run("o", {file}, {"--overwrite", "--emit", "values,lengths,mask,ids"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(integers_of(part("o", 0), "ids/n_X_s_embedding"),
              (Ints{id("x", 1), id("y", -2), id("", 4)}));
    EXPECT_EQ(integers_of(part("o", 0), "lengths"), (Ints{2, 0, 1}));
    EXPECT_EQ(seqfeat(folder_, {"verify", "--quiet", folder_ / "o"}).code, 0);
  }
}

TEST_F(CliCrossed, CrossesStepsOfSeveralValues) {
  const std::string lines = folder_.write("a.jsonl",
                                          "{\"s\": [[\"x\", \"y\"], \"z\"], \"n\": [[1, 2], []]}\n"
                                          "{\"s\": [[], \"w\"], \"n\": [3, 4]}\n");
  for (const std::string& file : {lines, tfrecord(lines, "sequence_example")}) {
    SCOPED_TRACE(file);
    const Ended ended = run("o", {file}, {"--overwrite", "--emit", "ids,lengths"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(integers_of(part("o", 0), "ids/n_X_s_embedding"),
              (Ints{id("x", 1), id("x", 2), id("y", 1), id("y", 2), id("w", 4)}));
    EXPECT_EQ(integers_of(part("o", 0), "lengths"), (Ints{1, 2}));
    EXPECT_EQ(seqfeat(folder_, {"verify", "--quiet", folder_ / "o"}).code, 0);
  }
}

TEST_F(CliCrossed, NamesTheRecordWhoseFeaturesDiffer) {
  const std::string file = folder_.write(
      "a.jsonl", "{\"s\": [\"x\"], \"n\": [1]}\n{\"s\": [\"x\", \"y\"], \"n\": [1]}\n");
  const Ended ended = run("o", {file}, {"--json", "--overwrite"});
  EXPECT_EQ(ended.code, 3);
  const Json error = Json::parse(ended.out)["error"];
  EXPECT_EQ(error["record"], 2) << ended.out;
  EXPECT_EQ(error["column"], "n");
  EXPECT_NE(error["message"].get<std::string>().find("'n' has 1, expected 2 as 's' has"),
            std::string::npos)
      << error;
  ASSERT_EQ(run("o", {file}, {"--overwrite", "--on-error", "skip"}).code, 0);
  EXPECT_EQ(rejected("o").size(), 1U);
  EXPECT_EQ(manifest("o")["rejected"], 1);
}

TEST_F(CliCrossed, IsUnderstoodByTheOtherCommands) {
  const Json about = Json::parse(seqfeat(folder_, {"spec", "--json", spec_}).out);
  EXPECT_EQ(about["parse_spec"], Json::parse(R"({"n": "int64", "s": "string"})"));
  EXPECT_EQ(about["tables"][0]["name"], "n_X_s_embedding");
  EXPECT_EQ(about["spec"]["columns"][0]["categorical_column"],
            Json::parse(R"({"type": "sequence_crossed_column", "hash_bucket_size": 1000,
                            "keys": [{"key": "s", "dtype": "string"}, {"key": "n", "dtype": "int64"}],
                            "hash_key": null})"));
  const std::string file = folder_.write("a.jsonl", "{\"s\": [\"x\", \"x\"], \"n\": [1, 2]}\n");
  const Ended inspect = seqfeat(folder_, {"inspect", "--json", "--spec", spec_, file});
  ASSERT_EQ(inspect.code, 0) << inspect.err;
  const Json features = Json::parse(inspect.out)["features"];
  EXPECT_EQ(features.size(), 2U);
  EXPECT_EQ(features[0]["distinct"], 2);
  EXPECT_EQ(features[1]["distinct"], 1);
}

}  // namespace
}  // namespace seqfeat::test
