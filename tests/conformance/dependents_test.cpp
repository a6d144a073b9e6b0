// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"

#if defined(SEQFEAT_EMULATED)
#include "simt/control.hpp"
#endif

// Whether a kernel waited for the one before it: the emulator counts those that did not, and the
// interpreter of PTX refuses what they read.

namespace seqfeat::test {
namespace {

class DependentKernels : public BackendTest {};

TEST_P(DependentKernels, AllWaitForTheKernelBefore) {
#if defined(SEQFEAT_EMULATED)
  const auto before = simt::stats();
#endif
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const Case c = random_case(rng);
    EXPECT_EQ(difference(c.layer(backend())(c.pack(), Emit::values_and_ids), answer_by_lists(c)),
              "");
  }
#if defined(SEQFEAT_EMULATED)
  EXPECT_GT(simt::stats().launches, before.launches);
  EXPECT_EQ(simt::stats().unsynchronized_dependents, before.unsynchronized_dependents);
#endif
}

SEQFEAT_ON_EVERY_BACKEND(DependentKernels);

}  // namespace
}  // namespace seqfeat::test
