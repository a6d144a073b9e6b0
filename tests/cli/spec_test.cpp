// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/process.hpp"

namespace seqfeat::test {
namespace {

/// A spec of `count` embeddings and indicators, each of a key of its own.
std::string spec_of(int count) {
  std::string columns;
  for (int i = 0; i < count; ++i) {
    const std::string categorical =
        R"({"type": "sequence_categorical_column_with_hash_bucket", "key": "k)" +
        std::to_string(i) + R"(", "hash_bucket_size": 100})";
    columns += i == 0 ? "" : ",\n";
    columns += i % 2 == 0 ? R"({"type": "embedding_column", "dimension": 8, "categorical_column": )"
                          : R"({"type": "indicator_column", "categorical_column": )";
    columns += categorical + "}";
  }
  return R"({"columns": [)" + columns + "]}";
}

TEST(CliSpec, SaysInJsonWhatTheSpecMeans) {
  const Folder folder;
  const std::string file = folder.write("s.json", spec_of(2));
  const Ended ended = seqfeat(folder, {"spec", "--json", file});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1);
  const auto about = nlohmann::json::parse(ended.out);
  const auto canonical = seqfeat(folder, {"spec", file}).out;
  EXPECT_EQ(about["schema_version"], 1);
  EXPECT_EQ(about["spec"], nlohmann::json::parse(canonical.substr(0, canonical.find("\n}\n") + 2)));
  EXPECT_EQ(about["columns"], nlohmann::json::parse(R"([
      {"name": "k0_embedding", "offset": 0, "width": 8},
      {"name": "k1_indicator", "offset": 8, "width": 100}])"));
  EXPECT_EQ(about["width"], 108);
  EXPECT_EQ(about["parse_spec"], nlohmann::json::parse(R"({"k0": "string", "k1": "string"})"));
  EXPECT_EQ(
      about["tables"],
      nlohmann::json::parse(R"([{"name": "k0_embedding", "shape": [100, 8], "bytes": 3200}])"));
}

// Quadratic work takes sixteen times as long for four times the columns.
TEST(CliSpec, TakesTimeInProportionToItsColumns) {
  const Folder folder;
  const std::string few = folder.write("few.json", spec_of(20'000));
  const std::string many = folder.write("many.json", spec_of(80'000));
  for (const char* json : {"--quiet", "--json"}) {
    const Ended first = seqfeat(folder, {"spec", json, few});
    const Ended second = seqfeat(folder, {"spec", json, many});
    ASSERT_EQ(first.code + second.code, 0) << first.err << second.err;
    EXPECT_LT(second.cpu_seconds, 0.2 + 8 * first.cpu_seconds);
  }
}

}  // namespace
}  // namespace seqfeat::test
