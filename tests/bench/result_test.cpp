// SPDX-License-Identifier: Apache-2.0
#include "bench/result.hpp"

#include <gtest/gtest.h>

namespace seqfeat::bench {
namespace {

Report sample_report() {
  Result result;
  result.workload = "W7/1-32";
  result.backend = "cuda";
  result.cache = "cold";
  result.samples = {3e-3, 1e-3, 2e-3};
  result.tokens = 4'000'000;
  result.bytes = 6'000'000;
  result.ideal_bytes = 2'000'000;
  result.baseline = "byte at a time";
  result.baseline_samples = {8e-3};
  Report report;
  report.machine = {{"device", "a fake"}};
  report.bandwidth.copy = 4e9;
  report.results = {result};
  return report;
}

TEST(Results, TellRatesFromTheMedianAndHoldTheIdealAgainstTheMeasuredCopy) {
  const auto json = to_json(sample_report());
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["rehearsed"], false);
  const auto& result = json["results"][0];
  EXPECT_DOUBLE_EQ(result["seconds"], 2e-3);
  EXPECT_DOUBLE_EQ(result["p90"], 3e-3);
  EXPECT_DOUBLE_EQ(result["tokens_per_second"], 2e9);
  EXPECT_DOUBLE_EQ(result["bytes_per_second"], 3e9);
  EXPECT_DOUBLE_EQ(result["ideal_bytes_per_second"], 1e9);
  EXPECT_DOUBLE_EQ(result["share_of_copy"], 0.25);
  EXPECT_DOUBLE_EQ(result["ratio"], 4.0);
}

TEST(Results, KeepTheRawSamplesInTheirOrder) {
  const auto json = to_json(sample_report());
  EXPECT_EQ(json["results"][0]["samples"], (std::vector<double>{3e-3, 1e-3, 2e-3}));
}

TEST(Results, CountKernelsAndLeaveRoomForAPrediction) {
  Report report = sample_report();
  EXPECT_TRUE(to_json(report)["results"][0]["kernels"].is_null());
  report.results[0].kernels = 3;
  const auto json = to_json(report);
  EXPECT_EQ(json["results"][0]["kernels"], 3);
  ASSERT_TRUE(json["results"][0].contains("predicted_seconds"));
  EXPECT_TRUE(json["results"][0]["predicted_seconds"].is_null());
}

TEST(Results, SayNothingAboutRatesWhereTheClockStoodStill) {
  Report report = sample_report();
  report.results[0].samples = {0, 0};
  const auto json = to_json(report);
  const auto& result = json["results"][0];
  for (const char* key : {"tokens_per_second", "bytes_per_second", "share_of_copy", "ratio"}) {
    EXPECT_TRUE(result[key].is_null()) << key;
  }
  EXPECT_NE(to_markdown(report).find("| - |"), std::string::npos);
}

TEST(Results, SayInBothFormsThatTheyWereRehearsedAndWhatFailed) {
  Report report = sample_report();
  report.rehearsed = true;
  report.failures = {{"W2", "differs"}};
  const auto json = to_json(report);
  EXPECT_EQ(json["rehearsed"], true);
  EXPECT_EQ(json["failures"][0]["workload"], "W2");
  const std::string table = to_markdown(report);
  EXPECT_NE(table.find("emulator"), std::string::npos);
  EXPECT_NE(table.find("FAILED W2: differs"), std::string::npos);
  EXPECT_EQ(to_markdown(sample_report()).find("emulator"), std::string::npos);
}

}  // namespace
}  // namespace seqfeat::bench
