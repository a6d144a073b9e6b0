// SPDX-License-Identifier: Apache-2.0
#include "backend/tuning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"

// Every schedule that can be chosen gives the bits of the default.

namespace seqfeat::test {
namespace {

class Tuning : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend has one schedule";
  }
};

TEST_P(Tuning, ChangesNoBit) {
  for (std::size_t i = 0; i < detail::knobs().size(); ++i) {
    const detail::KnobInfo& info = detail::knobs()[i];
    for (const std::int64_t value : {info.least, info.least + 1, info.most / 8, info.most}) {
      const detail::Tuned scope(static_cast<detail::Knob>(i), std::max(value, info.least));
      for (std::uint64_t seed = 0; seed < 12; ++seed) {
        SCOPED_TRACE(std::string(info.name) + "=" + std::to_string(value) + ", seed " +
                     std::to_string(seed));
        Rng rng(7000 + seed);
        const Case c = random_case(rng);
        EXPECT_EQ(difference(c.layer(backend())(c.pack()), answer_by_lists(c)), "");
      }
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(Tuning);

}  // namespace
}  // namespace seqfeat::test
