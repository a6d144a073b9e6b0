// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "backend/launch_count.hpp"
#include "bench/cuda_device.hpp"
#include "bench/workload.hpp"
#include "seqfeat/error.hpp"

// Every workload of the benchmark, small, with the real kernels on the emulator.

namespace seqfeat::bench {
namespace {

constexpr Sampling kFew{.warm_up = 1, .samples = 2, .back_to_back = 2};

/// The emulator, and a tiny context on it.
struct Emulated {
  Backend backend = Backend::cuda(0);
  std::unique_ptr<Device> device = make_cuda_device(backend);
  Floats floats{backend, device->stream()};
  Context context{backend, Backend::cpu(), *device, floats, kFew, 1e-6, SEQFEAT_BENCH_SAMPLE};
};

Workload named(const std::string& name) {
  for (const Workload& workload : every_workload()) {
    if (workload.name == name) return workload;
  }
  throw InvalidArgument("no workload " + name);
}

class Rehearsal : public testing::TestWithParam<Workload> {};

TEST_P(Rehearsal, GivesTheCpuBackendsResultsAndCountsItsBytes) {
  Emulated emulated;
  const std::vector<Result> results = run(GetParam(), emulated.context);
  ASSERT_EQ(results.size(), 2U);
  for (const Result& result : results) {
    EXPECT_EQ(result.samples.size(), 2U);
    EXPECT_GT(result.tokens, 0);
    EXPECT_GT(result.ideal_bytes, 0);
    EXPECT_LE(result.ideal_bytes, result.bytes);
    EXPECT_GT(result.kernels, 0);
    EXPECT_EQ(result.baseline_samples.empty(), result.baseline.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Rehearsal, testing::ValuesIn(every_workload()),
                         [](const auto& parameter) {
                           std::string name = parameter.param.name;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

TEST(Workloads, TakeAsManyKernelsAsTheyClaim) {
  Emulated emulated;
  const auto launches = [](const Launch& launch) {
    const std::int64_t before = detail::launch_count();
    launch(0);
    return detail::launch_count() - before;
  };
  const Job road = named("W-road/d10").prepare(emulated.context);
  ASSERT_EQ(road.baselines.size(), 1U);
  EXPECT_EQ(launches(road.baselines[0].candidate.launch), 4);
  for (const char* name : {"W-columns/26", "W-columns/300"}) {
    EXPECT_LE(launches(named(name).prepare(emulated.context).ours.launch), 3) << name;
  }
  EXPECT_GT(named("W10/graph").prepare(emulated.context).kernels, 0);
}

TEST(Workloads, HoldOneLongRowAgainstFillsOfAllItsOutputs) {
  Emulated emulated;
  const Job job = named("W-skew/row").prepare(emulated.context);
  ASSERT_EQ(job.baselines.size(), 2U);
  std::int64_t bytes = 0;
  for (const Written& output : job.ours.outputs) bytes += output.bytes;
  for (const Baseline& fill : job.baselines) EXPECT_EQ(fill.candidate.outputs[0].bytes, bytes);
  EXPECT_EQ(job.ours.outputs[2].bytes, 8 * 64);  // the mask is as wide as the longest row
}

TEST(Workloads, TellPeersTheirShapes) {
  std::set<std::string> names;
  const auto told = definitions(every_workload());
  for (const auto& shape : told["workloads"]) {
    names.insert(shape["workload"].get<std::string>());
    EXPECT_TRUE(shape["kind"] == "lookup" || shape["kind"] == "padded");
    EXPECT_GT(shape["dim"], 0);
  }
  for (const char* name : {"W1/uniform", "W2/permuted", "W3", "W5/b2048/d512/fp32", "W-road/d10"}) {
    EXPECT_EQ(names.count(name), 1U) << name;
  }
}

TEST(Workloads, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Workload& workload : every_workload()) names.insert(workload.name);
  EXPECT_EQ(names.size(), every_workload().size());
}

TEST(Bandwidth, IsMeasuredOverFourTimesTheCacheAtLeast) {
  const Backend backend = Backend::cuda(0);
  const auto device = make_cuda_device(backend);
  const Bandwidth found = measure_bandwidth(*device, backend, 1, {.warm_up = 0, .samples = 1});
  EXPECT_GE(found.bytes, 4 * l2_bytes());
  EXPECT_EQ(found.copy, std::max(found.copy_kernel, found.copy_runtime));
}

}  // namespace
}  // namespace seqfeat::bench
