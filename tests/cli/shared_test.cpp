// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <vector>

#include "seqfeat/table.hpp"
#include "tests/cli/jobs.hpp"

// Columns that share a table, which goes by its own name in files.

namespace seqfeat::test {
namespace {

using Floats = std::vector<float>;

std::string column(const std::string& key, const std::string& more = "") {
  return R"({"type": "shared_embedding_column", "table": "words", "dimension": 2, )" + more +
         R"("categorical_column": {"type": "sequence_categorical_column_with_identity", "key": ")" +
         key + R"(", "num_buckets": 3}})";
}

class CliShared : public Jobs {
 protected:
  CliShared() {
    spec_ = folder_.write("s.json", R"({"columns": [)" + column("b") + "," + column("a") + "]}");
  }

  const std::string input_ = folder_.write("a.jsonl", "{\"a\": [0, 1], \"b\": [2, 2]}\n");
};

TEST_F(CliShared, RunsWithOneTensorForBoth) {
  const Floats rows = {1, 2, 3, 4, 5, 6};
  save_tables(folder_ / "t.safetensors", {{"words", {rows.data(), 3, 2}}});
  const std::string saved = folder_ / "saved.safetensors";
  const Ended ended =
      run("o", {input_}, {"--tables", folder_ / "t.safetensors", "--save-tables", saved});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(floats_of(part("o", 0), "values"), (Floats{1, 2, 5, 6, 3, 4, 5, 6}));
  EXPECT_EQ(floats_of(saved, "words"), rows);
  EXPECT_EQ(SafetensorsFile(saved).tensors().size(), 1U);
  const Json columns = manifest("o")["columns"];
  EXPECT_EQ(columns[0]["name"], "a_shared_embedding");
  EXPECT_EQ(columns[1]["name"], "b_shared_embedding");
  ASSERT_EQ(run("p", {input_}).code, 0);  // from the initializer
  const Floats random = floats_of(part("p", 0), "values");
  EXPECT_EQ(random[2], random[6]) << "id 2 of one table";
}

TEST_F(CliShared, NamesTheTableThatIsMissing) {
  const Floats rows(6, 1);
  save_tables(folder_ / "t.safetensors", {{"a_shared_embedding", {rows.data(), 3, 2}}});
  const Ended ended = run("o", {input_}, {"--tables", folder_ / "t.safetensors"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("no tensor 'words'"), std::string::npos) << ended.err;
}

TEST_F(CliShared, IsOneTableInTheSpecsMeaning) {
  const Json about = Json::parse(seqfeat(folder_, {"spec", "--json", spec_}).out);
  EXPECT_EQ(about["tables"], Json::parse(R"([{"name": "words", "shape": [3, 2], "bytes": 24}])"));
  EXPECT_EQ(about["width"], 4);
  spec_ = folder_.write("s.json", R"({"columns": [)" + column("b") + "," +
                                      column("a", R"("max_norm": 1.5, )") + "]}");
  const Ended refused = seqfeat(folder_, {"spec", spec_});
  EXPECT_EQ(refused.code, 2);
  for (const char* part : {"words", "a_shared_embedding", "b_shared_embedding", "max_norm"}) {
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err;
  }
}

}  // namespace
}  // namespace seqfeat::test
