// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <thread>

#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"

// A thread captures a graph, in the mode that forbids other threads to wait, to ask and to
// allocate. Other threads work on with the library all the same.

namespace seqfeat::test {
namespace {

class Capture : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend has no graphs";
  }

  /// What `work` throws in a thread of its own; "" if nothing.
  template <class Work>
  static std::string complaint_in_thread(const Work& work) {
    std::string complaint;
    std::thread([&] {
      try {
        work();
      } catch (const std::exception& error) {
        complaint = error.what();
      }
    }).join();
    return complaint;
  }
};

TEST_P(Capture, OfOneThreadIsNotSpoiltByTheWorkOfAnother) {
  Rng rng(5);
  const Case c = random_case(rng);
  const Features features = c.pack();
  const SequenceFeatures layer = c.layer(backend());
  const Plan plan = layer.plan(layer.measure(features));
  const OwnStream capturing;
  const OwnStream other;
  Place held(backend(), plan, true, capturing.stream());
  const BatchSizes shape = layer.pack(features, held.workspace(), capturing.stream());

  std::string complaint;
  Written expected;
  const auto replay = captured(
      capturing.stream(),
      [&] {
        layer.compute(held.outputs(), held.workspace(), capturing.stream());
        complaint = complaint_in_thread([&] {
          const Backend fresh = Backend::cuda(0);  // whose memory is given back in here too
          const SequenceFeatures second = c.layer(fresh);
          Place place(fresh, plan, true, other.stream());
          place.poison(other.stream());
          for (int i = 0; i < 3; ++i) {  // the third waits for the arena of the first
            (void)place.workspace().ready();
            second(features, place.outputs(), place.workspace(), other.stream());
          }
          place.workspace().check(other.stream());
          expected = place.read(shape, layer.dim(), other.stream());
          (void)second(features, Emit::values_and_ids);
        });
      },
      CaptureMode::global);
  EXPECT_EQ(complaint, "");
  held.poison(capturing.stream());
  replay();
  held.workspace().check(capturing.stream());
  EXPECT_EQ(held.read(shape, layer.dim(), capturing.stream()), expected);
}

SEQFEAT_ON_EVERY_BACKEND(Capture);

}  // namespace
}  // namespace seqfeat::test
