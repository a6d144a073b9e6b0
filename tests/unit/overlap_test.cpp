// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "seqfeat/seqfeat.hpp"
#include "tests/support/queued_backend.hpp"
#include "tests/support/random.hpp"

// The host packs while copies and kernels of batches before are under way, however far those are.

namespace seqfeat::test {
namespace {

constexpr BatchSizes kMost{.rows = 6, .steps = 30, .tokens = 30, .bytes = 300, .padded_steps = 5};

Features random_words(Rng& rng) {
  std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(rng.between(0, kMost.rows)));
  for (auto& row : rows) {
    for (std::int64_t left = rng.between(0, kMost.padded_steps); left > 0; --left) {
      row.push_back(rng.bytes(rng.between(0, 10)));
    }
  }
  Features features;
  features.set("k", from_rows(rows));
  return features;
}

std::vector<Column> columns() {
  return {embedding_column(sequence_categorical_column_with_hash_bucket("k", 50), 3)};
}

/// What a batch's outputs should hold, and the memory they are written to.
class Expected {
 public:
  Expected(const SequenceFeatures& cpu, const Features& features)
      : batch_(cpu(features)),
        values_(kMost.rows * kMost.padded_steps * 3, -1),
        lengths_(kMost.rows, -1),
        mask_(kMost.rows * kMost.padded_steps, 9) {}

  [[nodiscard]] Outputs outputs() {
    return {values_.data(), lengths_.data(), mask_.data(), nullptr};
  }
  [[nodiscard]] bool written() const {
    std::vector<std::int64_t> lengths(batch_.lengths().begin(), batch_.lengths().end());
    lengths.resize(lengths_.size());
    return lengths == lengths_ &&
           std::equal(batch_.values().begin(), batch_.values().end(), values_.begin()) &&
           std::equal(batch_.mask().begin(), batch_.mask().end(), mask_.begin());
  }

 private:
  Batch batch_;
  std::vector<float> values_;
  std::vector<std::int64_t> lengths_;
  std::vector<std::uint8_t> mask_;
};

class Overlap : public testing::Test {
 protected:
  Backend device_{std::make_shared<QueuedBackend>()};
  SequenceFeatures layer_{columns(), device_};
  SequenceFeatures cpu_{columns(), Backend::cpu()};
  WorkQueue queue_;
  WorkQueue other_;
};

TEST_F(Overlap, PackingWaitsOnlyForTheArenaThatItWritesTo) {
  Rng rng(1);
  Workspace workspace(device_, layer_.plan(kMost), queue_.stream());
  const auto enqueue = [&](Expected& batch, const Features& features) {
    layer_(features, batch.outputs(), workspace, queue_.stream());
  };
  std::vector<Expected> batches;
  batches.reserve(3);
  const std::int64_t each = 2;  // a copy and the kernels
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(workspace.ready());
    const Features features = random_words(rng);
    enqueue(batches.emplace_back(cpu_, features), features);
  }
  EXPECT_EQ(queue_.done(), 0);
  EXPECT_EQ(queue_.added(), 2 * each);
  EXPECT_FALSE(workspace.ready());  // both arenas are still to be copied

  const Features features = random_words(rng);
  enqueue(batches.emplace_back(cpu_, features), features);
  EXPECT_EQ(queue_.done(), 1);  // the first copy was waited for, and nothing else
  EXPECT_FALSE(workspace.ready());
  queue_.run_until(each);
  EXPECT_FALSE(workspace.ready());
  queue_.run_until(each + 1);
  EXPECT_TRUE(workspace.ready());
  queue_.run_all();
  for (const Expected& batch : batches) EXPECT_TRUE(batch.written());
}

TEST_F(Overlap, ResultsDoNotDependOnHowFarTheStreamIs) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    Workspace workspace(device_, layer_.plan(kMost), queue_.stream());
    std::vector<Expected> batches;
    constexpr std::size_t kBatches = 20;
    batches.reserve(kBatches);
    for (std::size_t i = 0; i < kBatches; ++i) {
      const Features features = random_words(rng);
      Expected& batch = batches.emplace_back(cpu_, features);
      for (std::int64_t left = rng.between(0, 3); left > 0; --left) queue_.run_one();
      layer_.pack(features, workspace, queue_.stream());
      for (std::int64_t left = rng.between(0, 3); left > 0; --left) queue_.run_one();
      layer_.compute(batch.outputs(), workspace, queue_.stream());
    }
    workspace.check(queue_.stream());
    for (const Expected& batch : batches) ASSERT_TRUE(batch.written()) << seed;
  }
}

TEST_F(Overlap, AWorkspaceGoesBackBehindItsLastWorkOnWhateverStream) {
  const Backend device{std::make_shared<QueuedBackend>(std::make_shared<QueuedMemory>())};
  const SequenceFeatures layer(columns(), device);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const Features features = random_words(rng);
    Expected batch(cpu_, features);
    std::uint64_t status = 0;
    {
      QueueEvent copied;
      Workspace workspace(device, layer.plan(kMost), queue_.stream());
      layer.pack(features, workspace, queue_.stream());
      copied.record(queue_.stream());
      copied.hold_back(other_);
      layer.compute(batch.outputs(), workspace, other_.stream());
      if (seed % 2 == 0) workspace.status_async(&status, other_.stream());
    }
    queue_.run_all();  // the copy, and nothing that takes memory away
    other_.run_all();
    ASSERT_TRUE(batch.written()) << seed;
    if (seed % 2 == 0) {
      ASSERT_EQ(status, ~std::uint64_t{0});
    }
  }
}

TEST_F(Overlap, AWorkspaceIntoWhichWasOnlyPackedGoesBackBehindTheCopy) {
  const auto memory = std::make_shared<QueuedMemory>();
  const Backend device{std::make_shared<QueuedBackend>(memory)};
  const SequenceFeatures layer(columns(), device);
  Rng rng(1);
  {
    Workspace workspace(device, layer.plan(kMost), queue_.stream());
    layer.pack(random_words(rng), workspace, other_.stream());
  }
  EXPECT_EQ(queue_.added(), 0);
  EXPECT_EQ(other_.added(), 4);  // the copy, then the workspace's memory and two arenas
}

/// Packs and copies on one stream what another computes, with two workspaces in turn, as the
/// layer's documentation says. Returns how many batches came out wrong.
class TwoStreams : public Overlap {
 protected:
  std::int64_t wrong_batches(std::uint64_t seed, bool copies_wait, bool kernels_wait) {
    Rng rng(seed);
    WorkQueue& copies = queue_;
    WorkQueue& kernels = other_;
    struct Lane {
      Workspace workspace;
      QueueEvent copied, computed;
    };
    const Plan plan = layer_.plan(kMost);
    std::array<Lane, 2> lanes{Lane{Workspace(device_, plan, copies.stream()), {}, {}},
                              Lane{Workspace(device_, plan, copies.stream()), {}, {}}};
    std::vector<Expected> batches;
    constexpr std::size_t kBatches = 20;
    batches.reserve(kBatches);
    for (std::size_t i = 0; i < kBatches; ++i) {
      Lane& lane = lanes[i % 2];
      const Features features = random_words(rng);
      Expected& batch = batches.emplace_back(cpu_, features);
      if (copies_wait) lane.computed.hold_back(copies);
      layer_.pack(features, lane.workspace, copies.stream());
      lane.copied.record(copies.stream());
      if (i < lanes.size()) copies.run_all();  // kernels never see an arena that holds nothing
      if (kernels_wait) lane.copied.hold_back(kernels);
      layer_.compute(batch.outputs(), lane.workspace, kernels.stream());
      lane.computed.record(kernels.stream());
      for (std::int64_t left = rng.between(0, 6); left > 0; --left) {
        (rng.once_in(2) ? copies : kernels).run_one();
      }
    }
    kernels.run_all();
    copies.run_all();
    return std::count_if(batches.begin(), batches.end(),
                         [](const Expected& batch) { return !batch.written(); });
  }
};

TEST_F(TwoStreams, OverlapCopiesAndKernelsWithTwoWorkspaces) {
  std::int64_t without_first = 0;
  std::int64_t without_second = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ASSERT_EQ(wrong_batches(seed, true, true), 0) << seed;
    without_first += wrong_batches(seed, false, true);
    without_second += wrong_batches(seed, true, false);
  }
  EXPECT_GT(without_first, 0);  // so that both waits are needed, and the test can fail
  EXPECT_GT(without_second, 0);
}

}  // namespace
}  // namespace seqfeat::test
