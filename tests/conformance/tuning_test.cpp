// SPDX-License-Identifier: Apache-2.0
#include "backend/tuning.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/stored.hpp"
#include "tests/support/thread_sanitizer.hpp"

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
  constexpr std::int64_t kRows = kUnderThreadSanitizer ? 60 : 120;
  with_each([] {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{40}, {10}, {3, 16, 5}, {64, 520, 40}}) {
      const Case c = embeddings(dims.size(), dims, {.rows = kRows, .steps = 40, .values = 1});
      EXPECT_EQ(difference(c.layer(backend())(c.pack()), answer_by_lists(c)), "");
    }
  });
}

/// A graph captured over a batch of single values, of tables and an output of type `type`, is
/// replayed over `full` and others, whose rows of several values may end in holes. If `of_device`,
/// each second of them is in the device's memory, and all have one width.
void expect_replays_agree(const Backend& backend, Case full, FloatType type,
                          const std::vector<std::int64_t>& dims, bool of_device) {
  if (of_device) {
    full.options.max_length = 40;
    full.options.padding = Padding::max_length;
  }
  SequenceFeatures layer(full.columns, backend, full.options);
  std::map<std::string, StoredTable> tables;
  for (auto& [name, floats] : full.tables) {
    const std::int64_t dim = std::ssize(floats) / 50;
    layer.bind(name,
               tables.emplace(name, stored_table(type, floats, dim, dim)).first->second.view());
    floats = rounded(type, floats);
  }
  const OwnStream own;
  BatchSizes capacity = layer.measure(full.pack());
  capacity.steps *= 2;  // room for holes
  Place place(backend, layer.plan(capacity), false, own.stream());
  Outputs outputs = place.outputs();
  outputs.type = type;
  (void)layer.pack(embeddings(2, dims, {.rows = 40, .steps = 9, .values = 1}).pack(),
                   place.workspace(), own.stream());
  const auto replay =
      captured(own.stream(), [&] { layer.compute(outputs, place.workspace(), own.stream()); });
  for (std::uint64_t seed = 1; seed < 7; ++seed) {
    Case next = full;
    if (seed > 2) {
      next.features =
          embeddings(seed, dims, {.rows = 30, .steps = 30, .values = seed < 5 ? 12 : 1}).features;
    }
    for (auto& [key, feature] : next.features) {
      for (Row& row : feature.rows) {
        if (seed < 5 && row.size() % 2 == 0) row.resize(row.size() + seed);  // holes at its end
      }
    }
    OnDevice memory(backend);
    const Features host = next.pack();
    const Features device = memory.keep(host, seed % 4 == 1);
    const BatchSizes shape =
        layer.pack(of_device && seed % 2 == 1 ? device : host, place.workspace(), own.stream());
    place.poison(own.stream());
    replay();
    backend.synchronize(own.stream());
    const auto got =
        widened(type, to_host(backend, static_cast<const std::byte*>(outputs.values),
                              shape.rows * shape.padded_steps * layer.dim() * size_of(type)));
    ASSERT_EQ(difference(got, rounded(type, answer_by_lists(next).values)), "") << seed;
  }
}

TEST_P(Tuning, OfAGraphOverSingleValuesHoldsForOtherBatches) {
  for (const FloatType type : kFloatTypes) {
    for (const std::int64_t copies : {0, 1}) {
      for (const std::vector<std::int64_t>& dims :
           {std::vector<std::int64_t>{7}, {3, 16, 5, 1, 2, 34}, {64}}) {
        const bool of_device = dims.front() != 64;
        SCOPED_TRACE(testing::Message() << to_string(type) << ", copy_kernel=" << copies << ", "
                                        << dims.size() << " columns from " << dims.front());
        const Tuned scope(Knob::copy_kernel, copies);
        const Tuned stores(Knob::streaming_stores, dims.size() == 1 ? 0 : 2);
        expect_replays_agree(backend(), embeddings(1, dims, {.rows = 40, .steps = 40, .values = 9}),
                             type, dims, of_device);
      }
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(Tuning);

}  // namespace
}  // namespace seqfeat::test
