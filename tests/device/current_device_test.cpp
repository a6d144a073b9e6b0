// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "tests/device/device_test.hpp"
#include "tests/device/lanes.hpp"
#include "tests/support/device.hpp"

// A backend of one device works for a thread whose current device is another, and leaves it so.

namespace seqfeat::test {
namespace {

int current_device() {
  int ordinal = -1;
  check(cudaGetDevice(&ordinal), "cudaGetDevice");
  return ordinal;
}

class CurrentDevice : public DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    if (IsSkipped()) return;
    int count = 0;
    check(cudaGetDeviceCount(&count), "cudaGetDeviceCount");
    if (count < 2) GTEST_SKIP() << "there is one device, this needs two";
    callers_ = current_device();
    check(cudaSetDevice(0), "cudaSetDevice");
  }
  void TearDown() override {
    if (callers_ >= 0) check(cudaSetDevice(callers_), "cudaSetDevice");
  }

 private:
  int callers_ = -1;
};

TEST_F(CurrentDevice, MayBeAnotherThanTheBackends) {
  const Backend second = Backend::cuda(1);
  const Batches batches(second, scaled(5'000, 40), 2);
  EXPECT_EQ(current_device(), 0);
  check(cudaSetDevice(1), "cudaSetDevice");
  const OwnStream own;  // a stream belongs to the device that is current when it is made
  const Stream stream = own.stream();
  std::optional<Lane> lane(std::in_place, batches, stream);
  check(cudaSetDevice(0), "cudaSetDevice");
  for (std::size_t batch = 0; batch < 4; ++batch) {
    lane->run(batch, stream);
    check(cudaSetDevice(1), "cudaSetDevice");  // the comparison is the test's own kernel
    lane->compare(batch, stream);
    check(cudaSetDevice(0), "cudaSetDevice");
  }
  EXPECT_EQ(lane->differences(stream), 0U);
  lane.reset();
  EXPECT_EQ(current_device(), 0);
}

}  // namespace
}  // namespace seqfeat::test
