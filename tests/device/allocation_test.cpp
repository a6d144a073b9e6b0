// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "seqfeat/pack.hpp"
#include "tests/device/device_test.hpp"
#include "tests/device/lanes.hpp"
#include "tests/support/counting_memory.hpp"
#include "tests/support/device.hpp"
#include "tests/support/refusal.hpp"

// The device's memory runs out: a clean error, nothing lost, and the next call works.

namespace seqfeat::test {
namespace {

std::int64_t device_memory() {
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return static_cast<std::int64_t>(total);
}

class DeviceMemory : public DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    if (IsSkipped()) return;
    memory_ = std::make_shared<CountingMemory>(backend().memory());
    where_.emplace(Backend::cuda(0, memory_));
    batches_.emplace(*where_, 50, 2);
  }

  [[nodiscard]] const Batches& batches() const { return *batches_; }

  /// `act` runs out of memory, and afterwards all is as before.
  template <class Act>
  void expect_refused(const Act& act) {
    const std::int64_t live = memory_->live;
    const std::string refused = refusal<OutOfMemory>([&] {
      act();
      return 0;
    });
    EXPECT_TRUE(holds(refused, "bytes")) << refused;
    EXPECT_EQ(memory_->live, live);
    EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
    const OwnStream own;
    Lane lane(batches(), own.stream());
    lane.run(1, own.stream());
    lane.compare(1, own.stream());
    EXPECT_EQ(lane.differences(own.stream()), 0U);
  }

  std::shared_ptr<CountingMemory> memory_;
  std::optional<Backend> where_;
  std::optional<Batches> batches_;
};

TEST_F(DeviceMemory, ThatIsNotThereForAWorkspaceIsRefused) {
  Plan plan = batches().layer().plan({.rows = 8,
                                      .steps = 8,
                                      .tokens = device_memory() / 4,  // an id of 8 bytes each
                                      .bytes = 8,
                                      .padded_steps = Batches::kLongest});
  const OwnStream own;
  expect_refused([&] { const Workspace workspace(*where_, plan, own.stream()); });
}

TEST_F(DeviceMemory, ThatIsNotThereForTheValuesOfOneLongRowIsRefused) {
  // As many rows as the longest has steps: the rectangle is three times the device's memory.
  const SequenceFeatures wide(
      {embedding_column(sequence_categorical_column_with_hash_bucket("number", 10, DType::int64),
                        16)},
      *where_);
  const double side = std::sqrt(3.0 * static_cast<double>(device_memory()) / (16 * 4));
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(side));
  rows[1].resize(rows.size(), 7);
  Features features;
  features.set("number", from_rows(rows));
  expect_refused([&] { static_cast<void>(wide(features)); });
}

TEST_F(DeviceMemory, ThatFailsAtAnyOfABatchsAllocationsIsReportedAndNotLost) {
  const std::int64_t live = memory_->live;
  std::int64_t failures = 0;
  for (;; ++failures) {
    memory_->fail_after = failures;
    try {
      static_cast<void>(batches().layer()(batches().features(0)));
      break;
    } catch (const OutOfMemory&) {
      EXPECT_EQ(memory_->live, live) << "after " << failures << " allocations";
    }
  }
  memory_->fail_after = -1;
  EXPECT_GT(failures, 1);
  EXPECT_EQ(memory_->live, live);
}

}  // namespace
}  // namespace seqfeat::test
