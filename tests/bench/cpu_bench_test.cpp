// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/bench.hpp"

#include <gtest/gtest.h>

#include <set>

#include "bench/cpu/scaling.hpp"
#include "bench/cpu/workload.hpp"
#include "bench/harness.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::bench {
namespace {

CpuBenchOptions tiny() {
  CpuBenchOptions options;
  options.scale = 0.0005;
  options.sampling = {.samples = 2, .seconds = 0.0002};
  return options;
}

TEST(CpuBench, RunsEveryWorkloadAndEachIsRight) {
  std::vector<std::string> begun;
  const Report report = bench_cpu(tiny(), [&](const std::string& name) { begun.push_back(name); });
  EXPECT_EQ(begun, cpu_workload_names({}));
  for (const auto& [workload, reason] : report.failures) ADD_FAILURE() << workload << reason;
  EXPECT_EQ(report.results.size() + report.scaling.size(), begun.size());
  for (const Result& result : report.results) {
    EXPECT_EQ(result.samples.size(), 2U) << result.workload;
    EXPECT_GT(result.samples[0], 0) << result.workload;
    EXPECT_GT(result.bytes, 0) << result.workload;
    for (const Reference& reference : result.references) {
      EXPECT_EQ(reference.samples.size(), 2U) << result.workload << " " << reference.name;
    }
  }
  for (const Scaling& scaling : report.scaling) {
    EXPECT_GE(scaling.sizes.size(), 2U) << scaling.workload;
    EXPECT_EQ(scaling.sizes.size(), scaling.seconds.size());
  }
}

TEST(CpuBench, HoldsTheLayerAgainstThreadsOfMemcpyWhereItHasThem) {
  CpuBenchOptions options = tiny();
  options.prefixes = {"layer/w5/d64"};
  options.threads = 2;
  const Report report = bench_cpu(options, [](const std::string&) {});
  ASSERT_EQ(report.results.size(), 1U);
  const Result& result = report.results[0];
  EXPECT_EQ(result.threads, 2);
  EXPECT_EQ(result.baseline, "memcpy");
  ASSERT_EQ(result.references.size(), 2U);
  EXPECT_EQ(result.references[0].name, "memcpy, 2 threads");
  EXPECT_TRUE(result.references[1].name.ends_with(", 2 threads"));
}

TEST(CpuBench, HoldsTrainingAgainstALoopAndOneThread) {
  CpuBenchOptions options = tiny();
  options.prefixes = {"train/w5/d10/sgd$", "train_update/zipf/d64/", "train_sort/"};
  options.threads = 2;
  const Report report = bench_cpu(options, [](const std::string&) {});
  for (const auto& [workload, reason] : report.failures) ADD_FAILURE() << workload << reason;
  ASSERT_EQ(report.results.size(), 7U);
  for (const Result& result : report.results) {
    const bool sorts = result.workload.starts_with("train_sort/");
    EXPECT_EQ(result.baseline, sorts ? "forward pass alone" : "loop over sorted rows");
    ASSERT_EQ(result.references.size(), sorts ? 0U : 2U) << result.workload;
    if (sorts) continue;
    EXPECT_EQ(result.references[0].name, "loop over sorted rows, 2 threads");
    EXPECT_EQ(result.references[1].name, "ours, one thread");
  }
}

TEST(CpuBench, PutsTheSlowestStageOfARunFirst) {
  CpuBenchOptions options = tiny();
  options.prefixes = {"run/"};
  for (const Result& result : bench_cpu(options, [](const std::string&) {}).results) {
    ASSERT_EQ(result.references.size(), 2U);
    const double slowest = percentile(result.baseline_samples, 0.5);
    for (const Reference& reference : result.references) {
      EXPECT_LE(percentile(reference.samples, 0.5), slowest);
    }
  }
}

TEST(CpuBench, HasNoNameTwiceAndNoneThatIsUnknown) {
  const std::vector<std::string> names = cpu_workload_names({});
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_THROW(static_cast<void>(cpu_workload_names({"crc32c", "nothing"})), InvalidArgument);
  CpuBenchOptions options = tiny();
  options.prefixes = {"nothing"};
  EXPECT_THROW(static_cast<void>(bench_cpu(options, [](const std::string&) {})), InvalidArgument);
}

TEST(CpuScalings, CoverTheirRangesAtFullScale) {
  CpuContext context{{Backend::cpu()}, 1, nullptr};
  for (const CpuScaling& scaling : cpu_scalings()) {
    if (scaling.name != "scaling/dim" && scaling.name != "scaling/columns") continue;  // small ones
    const std::vector<ScalingPoint> points = scaling.prepare(context);
    EXPECT_EQ(points.front().size, 1);
    EXPECT_EQ(points.back().size, scaling.name == "scaling/dim" ? 1024 : 300);
  }
}

}  // namespace
}  // namespace seqfeat::bench
