// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "backend/launch_count.hpp"
#include "bench/cuda_device.hpp"
#include "bench/hash_kernels.hpp"
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
  Floats floats{backend, device->stream(), make_random_floats};
  Context context{{backend, 1e-6, SEQFEAT_BENCH_SAMPLE}, Backend::cpu(), *device, floats, kFew};
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
  ASSERT_EQ(results.size(), 3U);
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

TEST(Tables, MadeOnTheDeviceHaveTheBitsOfTheHosts) {
  const Emulated emulated;
  for (const std::int64_t count : {1, 4095, 4096, 4097, 10'000}) {
    Floats floats(emulated.backend, emulated.device->stream(), make_random_floats);
    floats.reserve(count);
    const TableView host = floats.on_host(count, 1);
    EXPECT_EQ(emulated.context.difference(
                  "floats", static_cast<const float*>(floats.on_device(count, 1).data),
                  std::span(static_cast<const float*>(host.data), static_cast<std::size_t>(count))),
              "");
  }
}

TEST(Tables, AreAsLargeAsWorkloadsSayBeforehand) {
  Emulated emulated;
  emulated.context.scale = 0.002;
  for (const Workload& workload : select(every_workload(), {})) {
    if (workload.table_bytes == 0) continue;
    Floats& floats = emulated.context.floats;
    floats.reserve(emulated.context.scaled(workload.table_bytes / size_of(FloatType::float32)));
    const void* const made = floats.on_device(1, 1).data;
    static_cast<void>(workload.prepare(emulated.context));
    EXPECT_EQ(floats.on_device(1, 1).data, made) << workload.name;
  }
}

TEST(Workloads, TakeAsManyKernelsAsTheyClaim) {
  Emulated emulated;
  const auto launches = [](const Launch& launch) {
    const std::int64_t before = detail::launch_count();
    launch(0);
    return detail::launch_count() - before;
  };
  const Job road = named("W-road/d10").prepare(emulated.context);
  ASSERT_FALSE(road.baselines.empty());
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

std::int64_t written(const Candidate& candidate) {
  std::int64_t bytes = 0;
  for (const Written& output : candidate.outputs) bytes += output.bytes;
  return bytes;
}

TEST(Workloads, OfHashingWriteIdsOf32BitsButWhereTheySayOtherwise) {
  Emulated emulated;
  for (const Workload& workload : hash_workloads()) {
    const bool wide = workload.name.ends_with("/int64");
    const bool chained = workload.name.ends_with("/chained");
    const Job job = workload.prepare(emulated.context);
    const std::int64_t ids = job.tokens / (chained ? kRepetitions : 1);
    EXPECT_EQ(written(job.ours), ids * (wide ? 8 : 4)) << workload.name;
    EXPECT_TRUE(job.note.starts_with(wide ? "int64 ids" : "int32 ids")) << workload.name;
  }
}

TEST(Workloads, OfHalvesMoveHalfOfWhatFloatsDo) {
  Emulated emulated;
  const auto written_by = [&](const std::string& name) {
    return written(named(name).prepare(emulated.context).ours);
  };
  EXPECT_EQ(2 * written_by("W1b"), written_by("W1b/fp32"));
  const Job to_float = named("W-types/fp16-fp32").prepare(emulated.context);
  const Job to_half = named("W-types/fp32-bf16").prepare(emulated.context);
  ASSERT_EQ(to_half.baselines.size(), 1U);
  EXPECT_EQ(2 * written(to_half.ours), written(to_half.baselines[0].candidate));
  EXPECT_EQ(written(to_float.ours), written(to_float.baselines[0].candidate));
  const std::int64_t row = std::int64_t{128} * 2;  // what either saves, in reading or in writing
  EXPECT_EQ(to_float.bytes, to_float.tokens * (8 + 3 * row));
  EXPECT_EQ(to_half.bytes, to_half.tokens * (8 + 3 * row));
}

TEST(Workloads, OfCriteosColumnsHaveAStringARowAndColumn) {
  Emulated emulated;
  const Job job = named("W10/graph").prepare(emulated.context);
  constexpr std::int64_t kRows = 8;  // the fewest
  EXPECT_EQ(job.tokens, 26 * kRows);
  EXPECT_EQ(job.ours.outputs[0].bytes, kRows * 26 * 16 * 4);
  EXPECT_EQ(job.ours.outputs[2].bytes, kRows);  // a step a row
}

TEST(Workloads, TellPeersTheirShapes) {
  std::set<std::string> names;
  std::map<std::string, std::string> types;
  const auto told = definitions(every_workload());
  for (const auto& shape : told["workloads"]) {
    names.insert(shape["workload"].get<std::string>());
    types[shape["workload"]] = shape["type"].get<std::string>();
    EXPECT_TRUE(shape["kind"] == "lookup" || shape["kind"] == "padded");
    EXPECT_GT(shape["dim"], 0);
  }
  for (const char* name : {"W1/uniform", "W1b", "W2/permuted", "W3", "W-road/d10"}) {
    EXPECT_EQ(names.count(name), 1U) << name;
  }
  EXPECT_EQ(types["W5/b2048/d512"], "bfloat16");
  EXPECT_EQ(types["W5/b2048/d512/fp32"], "float32");
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
