// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"

// One layer under several threads, each with a workspace and a stream.

namespace seqfeat::test {
namespace {

class Threads : public BackendTest {};

/// A layer, and more batches for it that differ in contents and counts.
struct Work {
  explicit Work(std::uint64_t seed) {
    Rng rng(seed);
    cases.push_back(random_case(rng, {6, 7, 3, 3, 12}));
    while (cases.size() < 6) {
      Case next = cases.front();
      std::vector<std::int64_t> lengths(static_cast<std::size_t>(rng.between(0, 6)));
      for (std::int64_t& length : lengths) length = rng.between(0, 7);
      for (auto& [key, feature] : next.features) {
        feature = random_feature_like(rng, next, key, {6, 7, 3, 3, 12}, lengths);
      }
      cases.push_back(std::move(next));
    }
  }
  std::vector<Case> cases;
};

TEST_P(Threads, ShareALayerEachWithAWorkspaceAndAStream) {
  constexpr std::size_t kThreads = 4;
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    SCOPED_TRACE(seed);
    const Work work(seed);
    const SequenceFeatures layer = work.cases.front().layer(backend());
    std::vector<Features> features;
    std::vector<Written> expected;
    for (const Case& c : work.cases) features.push_back(c.pack());
    const Plan plan = layer.plan({6, 5000, 5000, 200000, 64, -1});
    const auto run = [&](Place& place, std::size_t batch, Stream stream) {
      const BatchSizes shape = layer(features[batch], place.outputs(), place.workspace(), stream);
      place.workspace().check(stream);
      return place.read(shape, layer.dim(), stream);
    };
    Place alone(backend(), plan, true, stream());
    for (std::size_t i = 0; i < features.size(); ++i) expected.push_back(run(alone, i, stream()));

    std::vector<std::thread> threads;
    std::vector<int> right(kThreads);
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        std::optional<OwnStream> own;
        if (backend().on_device()) own.emplace();
        const Stream stream = own ? own->stream() : kHostStream;
        Place place(backend(), plan, true, stream);
        for (std::size_t i = 0; i < features.size(); ++i) {
          const std::size_t batch = (i + t) % features.size();
          right[t] += run(place, batch, stream) == expected[batch] ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const int count : right) EXPECT_EQ(count, std::ssize(features));
  }
}

SEQFEAT_ON_EVERY_BACKEND(Threads);

}  // namespace
}  // namespace seqfeat::test
