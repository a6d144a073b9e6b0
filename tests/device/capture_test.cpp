// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <exception>
#include <stop_token>
#include <string>
#include <thread>

#include "tests/device/device_test.hpp"
#include "tests/device/lanes.hpp"
#include "tests/support/device.hpp"

// One thread captures graphs in global mode, in which a call of any thread that waits or allocates
// spoils the capture; another packs, computes, waits and makes workspaces all the while.

namespace seqfeat::test {
namespace {

class GlobalCapture : public DeviceTest {};

TEST_F(GlobalCapture, OfOneThreadGoesOnWhileAnotherPacks) {
  const Batches batches(backend(), scaled(5'000, 40), 2);
  const OwnStream capturing;
  const OwnStream packing;
  Lane lane(batches, capturing.stream());
  Lane other(batches, packing.stream());
  for (Lane* one : {&lane, &other}) {  // loads the kernels, which a capture would forbid
    const Stream stream = one == &lane ? capturing.stream() : packing.stream();
    one->run(0, stream);
    one->compare(0, stream);
    ASSERT_EQ(one->differences(stream), 0U);
  }

  std::atomic<std::size_t> packed = 0;
  std::atomic<bool> stopped = false;
  std::string complaint;
  std::jthread worker([&](const std::stop_token& stop) {
    try {
      const Stream stream = packing.stream();
      while (!stop.stop_requested()) {
        other.poison(0xa5, stream);
        other.run(packed, stream);
        other.compare(packed, stream);
        other.workspace().check(stream);
        const Workspace fresh(backend(), batches.plan(), stream);
        ++packed;
      }
    } catch (const std::exception& error) {
      complaint = error.what();
    }
    stopped = true;
  });
  const std::int64_t rounds = scaled(100, 10);
  for (std::int64_t round = 0; round < rounds; ++round) {
    const Stream stream = capturing.stream();
    const auto replay = captured(
        stream,
        [&] {
          const std::size_t before = packed;
          batches.layer().compute(lane.outputs(), lane.workspace(), stream);
          while (packed == before && !stopped) std::this_thread::yield();
        },
        CaptureMode::global);
    lane.poison(0xa5, stream);
    batches.layer().pack(batches.features(0), lane.workspace(), stream);
    replay();
    lane.compare(0, stream);
    lane.workspace().check(stream);
  }
  worker.request_stop();
  worker.join();
  EXPECT_EQ(complaint, "");
  EXPECT_EQ(lane.differences(capturing.stream()), 0U);
  EXPECT_EQ(other.differences(packing.stream()), 0U);
}

}  // namespace
}  // namespace seqfeat::test
