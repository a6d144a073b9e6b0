// SPDX-License-Identifier: Apache-2.0
#include "cuda/schedule.hpp"

#include <gtest/gtest.h>

#include <string>

// What blocks and warps of an H200 get: the numbers that were fastest there (docs/h200.md).

namespace seqfeat::cuda {
namespace {

Device h200() {
  Device device;
  device.multiprocessors = 132;
  device.cache_bytes = 60'000'000;
  return device;
}

TEST(Schedule, GivesBlocksTheSlotsThatWereFastest) {
  struct Setting {
    std::string workload;
    SlotWork work;
    std::int64_t slots;
  };
  const auto copied = [](std::int64_t elements, FloatType type) {
    return vectors_of(elements, type, true);
  };
  const auto added = [](std::int64_t elements) {
    return vectors_of(elements, FloatType::float32, false);
  };
  constexpr FloatType kFloat = FloatType::float32;
  for (const auto& [workload, work, slots] : {
           Setting{"W5/b2048/d512",
                   {.slots = 51'200,
                   .vectors = copied(512, FloatType::bfloat16),
                   .ids = 45'000,
                   .copies = true},
                   128},
           Setting{"W-road/d10",
                   {.slots = 51'200, .vectors = copied(10, kFloat), .ids = 45'000, .copies = true},
                   128},
           Setting{"W-road/d128",
                   {.slots = 51'200, .vectors = copied(128, kFloat), .ids = 45'000, .copies = true},
                   128},
           Setting{"W-skew/row",
                   {.slots = 11'825'152, .vectors = copied(10, kFloat), .copies = true},
                   256},
           Setting{"W10",
                   {.slots = 1000,
                   .groups = 1,
                   .most_columns = 26,
                   .vectors = copied(26 * 16, kFloat),
                   .ids = 26'000,
                   .copies = true},
                   8},
           Setting{"W2",
                   {.slots = 1'048'570,
                   .vectors = copied(128, kFloat),
                   .ids = 1'048'570,
                   .copies = true,
                   .batches = 1},
                   64},
           Setting{"W1", {.slots = 131'072, .vectors = added(128), .ids = 131'072 * 64}, 16},
           Setting{"W1b", {.slots = 65'536, .vectors = added(256), .ids = 65'536 * 64}, 16},
           Setting{"W3", {.slots = 16'384, .vectors = added(128), .ids = 16'384 * 20}, 16},
           Setting{"300 columns",
                   {.slots = 5000,
                   .groups = 10,
                   .most_columns = 32,
                   .vectors = added(320),
                   .ids = 900'000},
                   8},
           Setting{
               "four sums of a thousand rows", {.slots = 4, .vectors = added(128), .ids = 4000}, 1},
       }) {
    const SlotPlan plan = slot_plan(h200(), work, {});
    EXPECT_EQ(plan.slots, slots) << workload;
    EXPECT_GE(plan.chunks * plan.slots, work.slots) << workload;
    EXPECT_LT((plan.chunks - 1) * plan.slots, work.slots) << workload;
    EXPECT_EQ(plan.blocks, plan.chunks * work.groups) << workload;
  }
}

TEST(Schedule, CutsStringsIntoWholeTilesOnceThereAreMany) {
  EXPECT_EQ(flat_plan(h200(), 45'000, 32).per_warp, 32);
  EXPECT_EQ(flat_plan(h200(), 25'000'000, 32).per_warp, 640);
  EXPECT_EQ(flat_plan(h200(), 1'000'000'000, 32).per_warp, 1024);
  for (const std::int64_t count : {1, 31, 32, 33, 1000, 1'000'001, 50'000'000}) {
    const FlatPlan plan = flat_plan(h200(), count, 32);
    EXPECT_GE(plan.per_warp * plan.blocks * 8, count);
    EXPECT_LT(plan.per_warp * (plan.blocks - 1) * 8, count);
  }
}

}  // namespace
}  // namespace seqfeat::cuda
