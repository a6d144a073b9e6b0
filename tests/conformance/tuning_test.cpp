// SPDX-License-Identifier: Apache-2.0
#include "backend/tuning.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <string>
#include <vector>

#include "backend/launch_count.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"

// Every schedule that can be chosen gives the bits of the default.

namespace seqfeat::test {
namespace {

using detail::Knob;
using detail::Tuned;

/// Embeddings of strings and integers in turn, `rows` rows of up to `steps` steps of up to `values`
/// values; of one value all steps have just that.
Case embeddings(std::uint64_t seed, const std::vector<std::int64_t>& dims, const CaseLimits& most) {
  Rng rng(seed);
  Case c;
  c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
  std::vector<std::int64_t> lengths;
  for (std::int64_t b = 0; b < most.rows; ++b) lengths.push_back(rng.between(0, most.steps));
  for (const std::int64_t dim : dims) {
    const std::string key = "k" + std::to_string(c.columns.size());
    const DType dtype = c.columns.size() % 2 == 0 ? DType::string : DType::int32;
    ListFeature& feature = c.features[key] = {dtype, {}};
    for (const std::int64_t length : lengths) {
      Row& row = feature.rows.emplace_back();
      for (std::int64_t t = 0; t < length; ++t) {
        Step& step = row.emplace_back();
        const bool may_be_empty = most.values > 1 && t + 1 < length;
        const std::int64_t count = rng.between(may_be_empty ? 0 : 1, most.values);
        for (std::int64_t i = 0; i < count; ++i) step.push_back(random_token(rng, dtype));
      }
    }
    const auto column =
        embedding_column(sequence_categorical_column_with_hash_bucket(key, 50, dtype), dim);
    for (std::int64_t i = 0; i < 50 * dim; ++i) c.tables[column.name()].push_back(rng.real());
    c.columns.emplace_back(column);
  }
  return c;
}

class Tuning : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend has one schedule";
  }

  /// Calls `body` once for a few values of each knob.
  template <class Body>
  static void with_each(const Body& body) {
    for (std::size_t i = 0; i < detail::knobs().size(); ++i) {
      const detail::KnobInfo& info = detail::knobs()[i];
      for (std::int64_t value = info.least; value <= info.most; value = value * 2 + 1) {
        SCOPED_TRACE(std::string(info.name) + "=" + std::to_string(value));
        const Tuned scope(static_cast<Knob>(i), value);
        body();
      }
    }
  }

  static std::int64_t launches(const Case& c) {
    const SequenceFeatures layer = c.layer(backend());
    const Features features = c.pack();
    const std::int64_t before = detail::launch_count();
    EXPECT_EQ(difference(layer(features), answer_by_lists(c)), "");
    return detail::launch_count() - before;
  }
};

TEST_P(Tuning, ChangesNoBitOfRandomBatches) {
  with_each([] {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      Rng rng(7000 + seed);
      const Case c = random_case(rng);
      EXPECT_EQ(difference(c.layer(backend())(c.pack()), answer_by_lists(c)), "");
    }
  });
}

TEST_P(Tuning, ChangesNoBitOfLargeBatchesOfSingleValues) {
  with_each([] {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{40}, {10}, {3, 16, 5}}) {
      const Case c = embeddings(dims.size(), dims, {.rows = 120, .steps = 40, .values = 1});
      EXPECT_EQ(difference(c.layer(backend())(c.pack()), answer_by_lists(c)), "");
    }
  });
}

TEST_P(Tuning, TakesOneKernelWhereThatIsChosen) {
  const CaseLimits large{.rows = 120, .steps = 40, .values = 1};
  const Case one = embeddings(1, {40}, large);
  const Case many = embeddings(2, {3, 16, 5}, large);
  const Case nested = embeddings(3, {40}, {.rows = 200, .steps = 20, .values = 4});
  const Case tiny = embeddings(4, {4, 5}, {.rows = 5, .steps = 5, .values = 3});
  const auto with = [](std::int64_t value, const Case& c) {
    const Tuned scope(Knob::one_kernel, value);
    return launches(c);
  };
  EXPECT_EQ(with(0, tiny), 2);
  EXPECT_EQ(with(1, tiny), 1);
  EXPECT_EQ(with(0, one), 2);
  EXPECT_EQ(with(1, one), 1);
  EXPECT_EQ(with(1, many), 2);  // a warp would have few values of each column to hash
  EXPECT_EQ(with(2, many), 1);
  EXPECT_EQ(with(2, nested), 2);
  const Tuned scope(Knob::copy_kernel, 0);
  EXPECT_EQ(with(2, one), 2);
}

TEST_P(Tuning, OfAGraphOverSingleValuesHoldsForOtherBatches) {
  for (const std::int64_t one_kernel : {0, 2}) {
    for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{7}, {3, 16, 5}}) {
      const Tuned scope(Knob::one_kernel, one_kernel);
      const Case full = embeddings(1, dims, {.rows = 40, .steps = 40, .values = 9});
      const SequenceFeatures layer = full.layer(backend());
      const OwnStream own;
      const Plan plan = layer.plan(layer.measure(full.pack()));
      Place place(backend(), plan, false, own.stream());
      const auto pack = [&](const Case& c) {
        return layer.pack(c.pack(), place.workspace(), own.stream());
      };
      (void)pack(embeddings(2, dims, {.rows = 40, .steps = 9, .values = 1}));
      const auto replay = captured(
          own.stream(), [&] { layer.compute(place.outputs(), place.workspace(), own.stream()); });
      for (std::uint64_t seed = 1; seed < 5; ++seed) {
        Case next = full;
        if (seed > 1) {
          next =
              embeddings(seed, dims, {.rows = 30, .steps = 30, .values = seed % 2 == 0 ? 1 : 12});
          next.tables = full.tables;
          next.options = full.options;
        }
        const BatchSizes shape = pack(next);
        place.poison(own.stream());
        replay();
        std::vector<float> values;
        for (const std::uint32_t bits : place.read(shape, layer.dim(), own.stream()).values) {
          values.push_back(std::bit_cast<float>(bits));
        }
        EXPECT_EQ(difference(values, answer_by_lists(next).values), "") << seed;
      }
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(Tuning);

}  // namespace
}  // namespace seqfeat::test
