// SPDX-License-Identifier: Apache-2.0
#include "tests/device/device_test.hpp"
#include "tests/device/lanes.hpp"
#include "tests/support/device.hpp"

// A kernel that is launched programmatically begins while the one before it still runs. Where it
// reads too early, it finds poison: in a million ids and a thousand rounds such a read shows.

namespace seqfeat::test {
namespace {

class Replays : public DeviceTest {
 protected:
  /// Two batches of a million ids take turns in one workspace, `rounds` times.
  template <class Compute>
  static void expect_the_bits_of_the_cpu(std::int64_t rounds, const Batches& batches, Lane& lane,
                                         Stream stream, const Compute& compute) {
    for (std::int64_t round = 0; round < rounds; ++round) {
      const auto batch = static_cast<std::size_t>(round % 2);
      lane.poison(static_cast<int>(0x80 + round % 0x7f), stream);
      batches.layer().pack(batches.features(batch), lane.workspace(), stream);
      compute();
      lane.compare(batch, stream);
    }
    EXPECT_EQ(lane.differences(stream), 0U);
  }
  static Batches batches() {
    constexpr std::int64_t kIds = 1'100'000;
    return {backend(), scaled(kIds / Batches::kMeanTokens, 400), 2};
  }
};

TEST_F(Replays, OfAGraphHaveTheBitsOfTheCpuAThousandTimes) {
  const Batches two = batches();
  const OwnStream own;
  const Stream stream = own.stream();
  Lane lane(two, stream);
  lane.run(0, stream);  // a graph is captured over a batch, whichever it is
  const auto replay =
      captured(stream, [&] { two.layer().compute(lane.outputs(), lane.workspace(), stream); });
  expect_the_bits_of_the_cpu(scaled(1000, 20), two, lane, stream, replay);
}

TEST_F(Replays, WithoutAGraphHaveThemToo) {
  const Batches two = batches();
  const OwnStream own;
  const Stream stream = own.stream();
  Lane lane(two, stream);
  expect_the_bits_of_the_cpu(scaled(200, 10), two, lane, stream, [&] {
    two.layer().compute(lane.outputs(), lane.workspace(), stream);
  });
}

TEST_F(Replays, NoticeASingleWrongWord) {
  const Batches two = batches();
  const OwnStream own;
  const Stream stream = own.stream();
  Lane lane(two, stream);
  lane.run(0, stream);
  check(cudaMemsetAsync(lane.outputs().values, 0x77, 4, stream.handle()), "cudaMemsetAsync");
  lane.compare(0, stream);
  EXPECT_EQ(lane.differences(stream), 1U);
}

}  // namespace
}  // namespace seqfeat::test
