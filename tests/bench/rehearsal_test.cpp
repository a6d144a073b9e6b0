// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "bench/cuda_device.hpp"
#include "bench/workload.hpp"

// Every workload of the benchmark, small, with the real kernels on the emulator.

namespace seqfeat::bench {
namespace {

constexpr Sampling kFew{.warm_up = 1, .samples = 2, .back_to_back = 2};

class Rehearsal : public testing::TestWithParam<Workload> {};

TEST_P(Rehearsal, GivesTheCpuBackendsResultsAndCountsItsBytes) {
  const Backend backend = Backend::cuda(0);
  const auto device = make_cuda_device(backend);
  Floats floats(backend, device->stream());
  Context context{backend, Backend::cpu(), *device, floats, kFew, 1e-6};
  context.tokens = SEQFEAT_BENCH_SAMPLE;
  const std::vector<Result> results = run(GetParam(), context);
  ASSERT_EQ(results.size(), 2U);
  for (const Result& result : results) {
    EXPECT_EQ(result.samples.size(), 2U);
    EXPECT_GT(result.tokens, 0);
    EXPECT_GT(result.ideal_bytes, 0);
    EXPECT_LE(result.ideal_bytes, result.bytes);
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
