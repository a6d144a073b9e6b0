// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "simt/control.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"

// Only the emulator can say whether a kernel waited for the one before it.

namespace seqfeat::test {
namespace {

TEST(DependentKernels, AllWaitForTheKernelBefore) {
  const auto before = simt::stats();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const Case c = random_case(rng);
    (void)c.layer(every_backend()[0].backend)(c.pack(), Emit::values_and_ids);
  }
  EXPECT_GT(simt::stats().launches, before.launches);
  EXPECT_EQ(simt::stats().unsynchronized_dependents, before.unsynchronized_dependents);
}

}  // namespace
}  // namespace seqfeat::test
