// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/bench.hpp"

#include <gtest/gtest.h>

namespace seqfeat::bench {
namespace {

Report sample() {
  Result result;
  result.workload = "layer/w5/d64";
  result.samples = {3e-3, 1e-3, 2e-3};
  result.tokens = 4'000'000;
  result.bytes = 6'000'000;
  result.baseline = "memcpy";
  result.baseline_samples = {8e-3};
  result.references = {{"fill", {1e-3}}};
  Report report;
  report.results = {result};
  return report;
}

TEST(Table, HasALineAResultAndALineForEachThingMoreThatItIsHeldAgainst) {
  const std::string table = to_table(sample());
  EXPECT_NE(table.find("layer/w5/d64    2.00 ms        2000    3.00  memcpy"), std::string::npos)
      << table;
  EXPECT_NE(table.find("4.00x\n"), std::string::npos) << table;
  EXPECT_NE(table.find("0.50x\n"), std::string::npos) << table;
}

TEST(Table, ShowsADashWhereNothingWasMeasured) {
  Report report = sample();
  report.results[0].samples.clear();
  report.results[0].baseline.clear();
  report.results[0].baseline_samples.clear();
  EXPECT_EQ(to_table(report).find("x\n"), std::string::npos);
  EXPECT_NE(to_table(report).find("-\n"), std::string::npos);
}

TEST(Table, TellsOfGrowthAndOfFailures) {
  Report report = sample();
  report.scaling = {{"scaling/rows", 1, {1, 64}, {1e-6, 5e-5}, 0.94, 1.25, 64}};
  report.failures = {{"crc32c", "CRCs differ"}};
  const std::string table = to_table(report);
  EXPECT_NE(table.find("exponent  0.94, at most  1.25 (up to 64)"), std::string::npos) << table;
  EXPECT_NE(table.find("FAILED crc32c: CRCs differ"), std::string::npos);
}

}  // namespace
}  // namespace seqfeat::bench
