// SPDX-License-Identifier: Apache-2.0
#include "bench/harness.hpp"

#include <gtest/gtest.h>

#include "fake_device.hpp"
#include "tests/support/refusal.hpp"

namespace seqfeat::bench {
namespace {

const std::vector<Launch> kOne = {[](std::int64_t) {}};

TEST(Harness, FlushesTheCacheBeforeEveryColdSampleAndAfterTheWarmUp) {
  FakeDevice device;
  static_cast<void>(cold_samples(device, kOne, {.warm_up = 2, .samples = 3}, Flush::read));
  EXPECT_EQ(device.log, "(0 1 )r(0 )r(1 )r(2 )");
  device.log.clear();
  static_cast<void>(cold_samples(device, kOne, {.warm_up = 0, .samples = 2}, Flush::write));
  EXPECT_EQ(device.log, "w(0 )w(1 )");
}

TEST(Harness, NeverFlushesBetweenWarmSamplesAndCountsTheLaunchesOn) {
  FakeDevice device;
  static_cast<void>(warm_samples(device, kOne, {.warm_up = 1, .samples = 2, .back_to_back = 3}));
  EXPECT_EQ(device.log, "(0 )(0 1 2 )(3 4 5 )");
}

TEST(Harness, LetsCandidatesTakeTurns) {
  FakeDevice device;
  std::string order;
  const std::vector<Launch> launches = {[&](std::int64_t) { order += 'a'; },
                                        [&](std::int64_t) { order += 'b'; }};
  double next = 0;
  device.clock = [&] { return ++next; };
  const Samples samples = cold_samples(device, launches, {.warm_up = 1, .samples = 2}, Flush::read);
  EXPECT_EQ(order, "ababab");
  EXPECT_EQ(device.log, "(0 )(0 )r(0 )r(0 )r(1 )r(1 )");
  EXPECT_EQ(samples, (Samples{{3, 5}, {4, 6}}));
}

TEST(Harness, LaunchesOnceBeforeAWarmSampleThatFollowsAnotherCandidates) {
  FakeDevice device;
  std::string order;
  const std::vector<Launch> launches = {[&](std::int64_t) { order += 'a'; },
                                        [&](std::int64_t) { order += 'b'; }};
  static_cast<void>(
      warm_samples(device, launches, {.warm_up = 0, .samples = 2, .back_to_back = 2}));
  EXPECT_EQ(order, "aaabbbaaabbb");
  EXPECT_EQ(device.log, "(0 )(0 1 )(0 )(0 1 )(2 )(2 3 )(2 )(2 3 )");
}

TEST(Harness, KeepsTheWarmUpOutOfTheSamples) {
  FakeDevice device;
  double next = 100;  // the warm-up's
  device.clock = [&] { return std::exchange(next, next == 100 ? 1 : next + 1); };
  EXPECT_EQ(cold_samples(device, kOne, {.warm_up = 5, .samples = 3}, Flush::read),
            (Samples{{1, 2, 3}}));
}

TEST(Harness, DividesAWarmSampleByItsLaunches) {
  FakeDevice device;
  device.clock = [] { return 8.0; };
  EXPECT_EQ(warm_samples(device, kOne, {.warm_up = 0, .samples = 1, .back_to_back = 4}),
            (Samples{{2.0}}));
}

TEST(Harness, TakesPercentilesThatAreSamples) {
  const std::vector<double> samples = {5, 1, 4, 2, 3};
  EXPECT_EQ(percentile(samples, 0.5), 3);
  EXPECT_EQ(percentile(samples, 0.9), 5);
  EXPECT_EQ(percentile(samples, 0.0), 1);
  EXPECT_EQ(percentile({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9), 9);
  EXPECT_EQ(percentile({}, 0.5), 0);
}

TEST(Harness, PoisonsTheOutputsBeforeTheGateSoThatACandidateMustWriteThem) {
  FakeDevice device;
  int output = 0;
  bool written = true;
  const Candidate candidate{[&](std::int64_t) {
                              if (written) output = 7;
                            },
                            {{&output, sizeof output}},
                            [&] { return std::string(output == 7 ? "" : "output[0]"); }};
  gate(device, "good", candidate);
  written = false;  // it still holds the 7 of the launch before
  const std::string refused = test::refusal<WrongResult>([&] {
    gate(device, "lazy", candidate);
    return 0;
  });
  EXPECT_TRUE(test::holds(refused, "lazy", "output[0]")) << refused;
}

}  // namespace
}  // namespace seqfeat::bench
