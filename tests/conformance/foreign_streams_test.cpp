// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "simt/control.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"

// Only the emulator can say on which device's stream memory was given back.

namespace seqfeat::test {
namespace {

TEST(ForeignStreams, GetNoMemoryOfAnotherDevice) {
  const Stream legacy(nullptr);  // of whatever device is current
  const auto before = simt::stats();
  const Backend second = Backend::cuda(1);
  Rng rng(3);
  const Case c = random_case(rng);
  const Features features = c.pack();
  {
    const SequenceFeatures layer = c.layer(second);
    Workspace workspace(second, layer.plan(layer.measure(features)), legacy);
    layer.pack(features, workspace, legacy);
    const Buffer buffer(second.memory(), 1000, legacy);
  }
  EXPECT_GT(simt::stats().async_frees, before.async_frees);
  EXPECT_EQ(simt::stats().frees_on_foreign_streams, before.frees_on_foreign_streams);
}

}  // namespace
}  // namespace seqfeat::test
