// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/trust.hpp"

#include <gtest/gtest.h>

#include "bench/cpu/bench.hpp"
#include "bench/cpu/workload.hpp"

namespace seqfeat::bench {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Trust, HasNoDoubtOfSamplesThatLieCloseTogether) {
  EXPECT_EQ(doubt_of({{1.00, 1.02, 0.99, 1.05, 3.0}, {1.0, 1.0, 1.0, 1.0, 2.9}}), "");
  EXPECT_EQ(doubt_of({{1.0}, {1.0}}), "");
  EXPECT_EQ(doubt_of({{}, {}}), "");
}

TEST(Trust, DoubtsSamplesThatSpread) {
  const std::vector<double> samples{1.0, 1.0, 1.3, 1.0, 1.3};
  EXPECT_TRUE(contains(doubt_of({samples, samples}), "30 % of their median"))
      << doubt_of({samples, samples});
}

TEST(Trust, DoubtsAPassThatTookFarLongerThanItsProcessorTime) {
  const std::string doubt = doubt_of({{2, 2, 2, 2, 2}, {1, 1, 1, 1, 1}});
  EXPECT_TRUE(contains(doubt, "2.0 times its processor time")) << doubt;
  EXPECT_EQ(doubt_of({{2, 2, 2, 2, 2}, {3.9, 3.9, 3.9, 3.9, 3.9}}), "");  // two threads
}

TEST(Trust, DoubtsCopiesFarSlowerThanTheFastestOfTheRun) {
  CopySpeeds speeds;
  speeds.add("", 1e9, {0.1, 0.1, 0.1});           // 10 GB/s
  speeds.add("parse/w5", 1e9, {0.2, 0.2, 0.05});  // 5, and once 20
  speeds.add("crc32c", 1e9, {0.052});
  speeds.add("nothing", 1e9, {});
  const std::vector<Doubt> doubts = speeds.doubts();
  ASSERT_EQ(doubts.size(), 2U);
  EXPECT_EQ(doubts[0].workload, "");
  EXPECT_EQ(doubts[1].workload, "parse/w5");
  EXPECT_TRUE(contains(doubts[1].reason, "copied 5.0 GB/s, where this run had 20.0 at best"))
      << doubts[1].reason;
}

TEST(Trust, DoubtsARunBesideWhichOthersWereBusy) {
  EXPECT_EQ(doubt_of_others(10, 10, 11, 2), "");
  EXPECT_EQ(doubt_of_others(0.1, 0.1, 0.2, 2), "");  // too short to tell
  EXPECT_EQ(doubt_of_others(10, 10, 25, 2), "other programs kept 1.5 of 2 processors busy");
}

TEST(Trust, SaysItInOneLineAndInFullInTheTableAndInTheJson) {
  EXPECT_EQ(summary({}), "");
  Report report;
  EXPECT_FALSE(to_json(report).contains("doubts"));  // nobody looked
  report.doubts = {{"", "a"}, {"crc32c", "b"}};
  const std::string line = summary(*report.doubts);
  EXPECT_TRUE(contains(line, "not to be trusted: a (and 1 reason more)")) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(contains(to_table(report), "\nNot to be trusted:\n  all: a\n  crc32c: b\n"))
      << to_table(report);
  const auto json = to_json(report);
  EXPECT_TRUE(json["doubts"][0]["workload"].is_null());
  EXPECT_EQ(json["doubts"][1]["workload"], "crc32c");
  EXPECT_EQ(json["doubts"][1]["reason"], "b");
  report.doubts->clear();
  EXPECT_TRUE(to_json(report)["doubts"].empty());
  EXPECT_FALSE(contains(to_table(report), "trusted"));
}

TEST(Turns, TakesEveryThingOnceARound) {
  Turns turns(3);
  for (int round = 0; round < 2; ++round) {
    std::int64_t next = 0;
    for (int part = 0; part < 3; ++part) {
      const Range range = turns.next(10);
      EXPECT_EQ(range.begin, next);
      EXPECT_GT(range.end, range.begin);
      next = range.end;
    }
    EXPECT_EQ(next, 10);
  }
}

TEST(Turns, KeepAPassOfWhatIsStreamedShort) {
  const CpuContext context{{Backend::cpu(), 0.02, SEQFEAT_BENCH_SAMPLE}, 1, nullptr};
  int streamed = 0;
  for (auto* workloads : {cpu_hash_workloads, cpu_pack_workloads}) {
    for (const CpuWorkload& workload : workloads()) {
      if (!workload.name.ends_with("/streamed")) continue;
      EXPECT_GE(workload.prepare(context).parts, 8) << workload.name;
      ++streamed;
    }
  }
  EXPECT_EQ(streamed, 13);
}

}  // namespace
}  // namespace seqfeat::bench
