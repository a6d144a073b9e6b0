// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"
#include "tests/support/compress.hpp"

// Numbers through the program, in every form of input.

namespace seqfeat::test {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<std::int64_t>;

class CliNumeric : public Jobs {
 protected:
  CliNumeric() { columns(""); }

  void columns(const std::string& members, const std::string& more = "") {
    spec_ =
        folder_.write("s.json", R"({"columns": [{"type": "sequence_numeric_column", "key": "x")" +
                                    members + "}" + more + "]}");
  }
};

TEST_F(CliNumeric, ReadsNumbersInEveryFormOfInput) {
  columns(R"(, "default_value": -1)");
  const std::string lines =
      folder_.write("a.jsonl", "{\"x\": [1.5, 2, -3e-1]}\n{\"x\": []}\n{\"x\": [4]}\n");
  const std::string text = folder_.write("a.txt", "1.5 2 -3e-1\n\n4\n");
  for (const std::string& file :
       {lines, text, tfrecord(lines, "example"), tfrecord(lines, "sequence_example")}) {
    SCOPED_TRACE(file);
    const Ended ended = run("o", {file}, {"--overwrite", "--emit", "values,lengths,mask,ids"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(floats_of(part("o", 0), "values"), (Floats{1.5F, 2, -0.3F, -1, -1, -1, 4, -1, -1}));
    EXPECT_EQ(integers_of(part("o", 0), "lengths"), (Ints{3, 0, 1}));
    EXPECT_FALSE(SafetensorsFile(part("o", 0)).tensors().contains("ids/x")) << "it has no ids";
    EXPECT_EQ(seqfeat(folder_, {"verify", "--quiet", folder_ / "o"}).code, 0);
    ASSERT_EQ(run("r", {file}, {"--overwrite", "--emit", "ragged"}).code, 0);
    EXPECT_EQ(floats_of(part("r", 0), "ragged_values"), (Floats{1.5F, 2, -0.3F, 4}));
  }
}

TEST_F(CliNumeric, MakesStepsOfTheShape) {
  columns(R"(, "shape": [2], "default_value": 9)",
          R"(, {"type": "indicator_column", "categorical_column": {
               "type": "sequence_categorical_column_with_identity", "key": "i", "num_buckets": 2}})");
  const std::string flat = folder_.write("a.jsonl", "{\"x\": [1, 2, 3], \"i\": [0, 1]}\n");
  const std::string steps = folder_.write("b.jsonl", "{\"x\": [[1, 2], [3]], \"i\": [0, 1]}\n");
  for (const std::string& file : {flat, steps}) {
    for (const std::string policy : {"fail", "skip"}) {
      const Ended ended = run("o", {file}, {"--overwrite", "--on-error", policy});
      ASSERT_EQ(ended.code, 0) << ended.err;
      EXPECT_EQ(floats_of(part("o", 0), "values"), (Floats{1, 0, 1, 2, 0, 1, 3, 9}));
    }
  }
}

TEST_F(CliNumeric, NamesTheRecordOfWhatIsNoNumber) {
  columns(R"(, "shape": [2])");
  for (const auto& [line, why] : std::vector<std::pair<std::string, std::string>>{
           {R"({"x": [1, "2"]})", "expected a number"},
           {R"({"x": [[1], [1, 2, 3]]})", "got a step of 3 numbers, expected at most 2"}}) {
    const std::string file = folder_.write("a.jsonl", "{\"x\": [[1], [2]]}\n" + line + "\n");
    const Ended ended = run("o", {file}, {"--json", "--overwrite"});
    EXPECT_EQ(ended.code, 3);
    const Json error = Json::parse(ended.out)["error"];
    EXPECT_EQ(error["record"], 2) << ended.out;
    EXPECT_EQ(error["column"], "x");
    EXPECT_NE(error["message"].get<std::string>().find(why), std::string::npos) << error;
    ASSERT_EQ(run("o", {file}, {"--overwrite", "--on-error", "skip"}).code, 0);
    EXPECT_EQ(rejected("o").size(), 1U);
    EXPECT_EQ(manifest("o")["rejected"], 1);
  }
  const std::string text = folder_.write("a.txt", "1 x\n");
  const Ended ended = run("o", {text}, {"--overwrite"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_NE(ended.err.find("got 'x', expected a number"), std::string::npos) << ended.err;
}

TEST_F(CliNumeric, IsUnderstoodByTheOtherCommands) {
  columns(R"(, "shape": [2, 2], "default_value": 0.5)");
  const Json about = Json::parse(seqfeat(folder_, {"spec", "--json", spec_}).out);
  EXPECT_EQ(about["width"], 4);
  EXPECT_EQ(about["parse_spec"], Json::parse(R"({"x": "float32"})"));
  EXPECT_TRUE(about["tables"].empty());
  EXPECT_EQ(about["spec"]["columns"][0],
            Json::parse(R"({"type": "sequence_numeric_column", "key": "x", "shape": [2, 2],
                            "default_value": 0.5, "dtype": "float32"})"));
  const std::string file = folder_.write("a.txt", "1 2 3 4 5\n1.5\n");
  const Ended inspect = seqfeat(folder_, {"inspect", "--json", "--spec", spec_, file});
  ASSERT_EQ(inspect.code, 0) << inspect.err;
  const Json feature = Json::parse(inspect.out)["features"][0];
  EXPECT_EQ(feature["tokens"], 6);
  EXPECT_EQ(feature["distinct"], 6);
  EXPECT_EQ(feature["steps"], 3) << "of four numbers, the last ones not full";
}

}  // namespace
}  // namespace seqfeat::test
