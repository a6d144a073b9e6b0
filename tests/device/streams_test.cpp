// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>

#include "tests/device/device_test.hpp"
#include "tests/device/lanes.hpp"
#include "tests/support/device.hpp"

// Batches in flight on several streams at once, and memory that goes back under way.

namespace seqfeat::test {
namespace {

class Streams : public DeviceTest {
 protected:
  static Batches batches() { return {backend(), scaled(20'000, 40), 3}; }
};

TEST_F(Streams, ThatOverlapKeepTheirBatchesApart) {
  constexpr std::size_t kLanes = 3;
  const Batches three = batches();
  std::vector<std::unique_ptr<OwnStream>> streams;
  std::vector<Lane> lanes;
  for (std::size_t k = 0; k < kLanes; ++k) {
    streams.push_back(std::make_unique<OwnStream>());
    lanes.emplace_back(three, streams.back()->stream());
  }
  const std::int64_t rounds = scaled(100, 5);
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (std::size_t k = 0; k < kLanes; ++k) {  // nothing waits before the end
      const Stream stream = streams[k]->stream();
      const std::size_t batch = static_cast<std::size_t>(round) + k;
      lanes[k].poison(0xa5, stream);
      lanes[k].run(batch, stream);
      lanes[k].compare(batch, stream);
    }
  }
  for (std::size_t k = 0; k < kLanes; ++k) {
    EXPECT_EQ(lanes[k].differences(streams[k]->stream()), 0U) << "lane " << k;
  }
}

TEST_F(Streams, OtherThanAWorkspacesOwnMayUseItLast) {
  const Batches three = batches();
  const OwnStream making;
  const OwnStream using_it;
  const Stream used = using_it.stream();
  Lane results(three, used);
  const std::int64_t rounds = scaled(100, 5);
  for (std::int64_t round = 0; round < rounds; ++round) {
    const auto batch = static_cast<std::size_t>(round);
    results.poison(0xa5, used);
    {
      Workspace workspace(backend(), three.plan(), making.stream());
      // What is enqueued on the stream that made it comes before the work on the other one.
      backend().synchronize(making.stream());
      three.layer()(three.features(batch), results.outputs(), workspace, used);
    }
    // The next owner of that memory, on the first stream, does not wait for the second.
    const Buffer next(backend().memory(), three.plan().workspace_bytes, making.stream());
    check(cudaMemsetAsync(next.data(), 0xff, static_cast<std::size_t>(next.size_bytes()),
                          making.stream().handle()),
          "cudaMemsetAsync");
    results.compare(batch, used);
  }
  results.run(0, used);
  EXPECT_EQ(results.differences(used), 0U);
  backend().synchronize(making.stream());
}

}  // namespace
}  // namespace seqfeat::test
