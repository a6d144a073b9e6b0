// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

// Features that are in the device's memory already: nothing of them is read on the host.

namespace seqfeat::test {
namespace {

class DeviceFeatures : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  }
};

/// A random case that may be run on a device: T must be known beforehand.
Case random_device_case(std::uint64_t seed) {
  Rng rng(seed);
  Case c = random_case(rng);
  c.options.max_length = rng.between(1, 12);
  c.options.truncation = rng.pick({Truncation::keep_first, Truncation::keep_last});
  c.options.padding = Padding::max_length;
  return c;
}

TEST_P(DeviceFeatures, AnswerAsThoseOnTheHostDo) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const Case c = random_device_case(seed);
    OnDevice memory(backend());
    const Features device = memory.keep(c.pack(), seed % 2 == 0);
    const SequenceFeatures layer = c.layer(backend());
    const Answer expected = answer_by_lists(c);
    EXPECT_EQ(difference(layer(device), expected), "");
    EXPECT_EQ(difference(layer(device, Emit::values_and_ids), expected), "");
    if (HasFailure()) return;
  }
}

// A plan for more rows makes no kernel read offsets of rows that are not there.
TEST_P(DeviceFeatures, BelowTheCapacityAreReadNoFurther) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Case c = random_device_case(seed);
    OnDevice memory(backend());
    const Features device = memory.keep(c.pack(), true);
    const SequenceFeatures layer = c.layer(backend());
    BatchSizes capacity = layer.measure(device);
    capacity.rows += 9;
    Place place(backend(), layer.plan(capacity), seed % 2 == 0, stream());
    place.poison(stream());
    const BatchSizes shape = layer.pack(device, place.workspace(), stream());
    layer.compute(place.outputs(), place.workspace(), stream());
    place.workspace().check(stream());
    const Written written = place.read(shape, layer.dim(), stream());
    const Answer expected = answer_by_lists(c);
    std::vector<float> values;
    for (const std::uint32_t bits : written.values) values.push_back(std::bit_cast<float>(bits));
    ASSERT_EQ(difference(values, expected.values), "");
    EXPECT_EQ(written.mask, expected.mask);
    std::vector<std::int64_t> lengths = expected.lengths;
    lengths.resize(static_cast<std::size_t>(capacity.rows));
    ASSERT_EQ(written.lengths, lengths);
  }
}

/// One string feature on the device whose offsets the test may break.
struct Broken {
  std::vector<std::int64_t> rows = {0, 2, 3};
  std::vector<std::int64_t> steps = {0, 1, 2, 4};
  std::vector<std::int64_t> bytes = {0, 1, 2, 3, 4};
  std::string data = "abcd";

  std::string error_on(const Backend& backend,
                       LayerOptions options = {.max_length = 4, .padding = Padding::max_length}) {
    OnDevice memory(backend);
    RaggedView view;
    view.row_offsets = memory.keep(offsets_of(rows), true);
    view.step_offsets = memory.keep(offsets_of(steps), true);
    view.byte_offsets = memory.keep(offsets_of(bytes), true);
    view.data = memory.keep(data.data(), std::ssize(data));
    view.value_count = 4;
    view.bytes = std::ssize(data);
    view.location = Location::device;
    Features features;
    features.set("k", view);
    const SequenceFeatures layer(
        {embedding_column(sequence_categorical_column_with_hash_bucket("k", 10), 3)}, backend,
        options);
    return refusal<DataError>([&] { return layer(features); });
  }
};

TEST_P(DeviceFeatures, HaveTheirOffsetsCheckedOnTheDevice) {
  EXPECT_EQ(Broken{}.error_on(backend()), "");
  Broken rows_decrease;
  rows_decrease.rows = {0, 3, 2};
  EXPECT_TRUE(holds(rows_decrease.error_on(backend()), "k_embedding", "row_offsets"));
  Broken rows_overrun;
  rows_overrun.rows = {0, 2, std::int64_t{1} << 40};
  EXPECT_TRUE(holds(rows_overrun.error_on(backend()), "k_embedding", "row 1", "row_offsets"));
  Broken steps_negative;
  steps_negative.steps = {0, -7, 2, 4};
  EXPECT_TRUE(holds(steps_negative.error_on(backend()), "k_embedding", "step_offsets"));
  Broken steps_overrun;
  steps_overrun.steps = {0, 1, 2, INT64_MAX};
  EXPECT_TRUE(holds(steps_overrun.error_on(backend()), "k_embedding", "step_offsets"));
  Broken bytes_decrease;
  bytes_decrease.bytes = {0, 3, 2, 3, 4};
  EXPECT_TRUE(holds(bytes_decrease.error_on(backend()), "k_embedding", "byte_offsets"));
  Broken bytes_overrun;
  bytes_overrun.bytes = {0, 1, 2, 3, INT64_MAX};
  EXPECT_TRUE(holds(bytes_overrun.error_on(backend()), "k_embedding", "byte_offsets"));
  Broken bytes_negative;
  bytes_negative.bytes = {INT64_MIN, 1, 2, 3, 4};
  EXPECT_TRUE(holds(bytes_negative.error_on(backend()), "k_embedding", "byte_offsets"));
}

TEST_P(DeviceFeatures, HaveRowsThatAreTooLongReported) {
  Broken fine;
  EXPECT_TRUE(holds(fine.error_on(backend(), {.max_length = 1, .padding = Padding::max_length}),
                    "k_embedding", "row 0", "max_length"));
  EXPECT_EQ(fine.error_on(backend(), {.max_length = 1,
                                      .truncation = Truncation::keep_last,
                                      .padding = Padding::max_length}),
            "");
}

// The status is part of a batch: computing it again finds the same, packing the next one resets it.
TEST_P(DeviceFeatures, HaveTheirFaultsForgottenWithTheBatch) {
  const Ragged long_row = from_rows({{"x"}, {"x", "y", "z"}});
  const Ragged fine = from_rows({{"x"}, {"x"}});
  OnDevice memory(backend());
  const auto batch_of = [&memory](const Ragged& rows) {
    Features features;
    features.set("a", memory.keep(rows.view(), true));
    return features;
  };
  const SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_hash_bucket("a", 10), 3)}, backend(),
      {.max_length = 2, .padding = Padding::max_length});
  const Features bad = batch_of(long_row);
  const Features good = batch_of(fine);
  Place place(backend(), layer.plan(layer.measure(bad)), true, stream());
  Workspace& workspace = place.workspace();
  EXPECT_NO_THROW(workspace.check(stream()));  // nothing packed, nothing found
  EXPECT_THROW(workspace.status_async(nullptr, stream()), InvalidArgument);
  layer.pack(bad, workspace, stream());
  for (int again = 0; again < 2; ++again) {
    layer.compute(place.outputs(), workspace, stream());
    EXPECT_TRUE(holds(refusal<DataError>([&] { workspace.check(stream()); }), "row 1", "step 2"));
  }
  layer.pack(good, workspace, stream());
  EXPECT_NO_THROW(workspace.check(stream()));
  layer.compute(place.outputs(), workspace, stream());
  EXPECT_NO_THROW(workspace.check(stream()));
}

TEST_P(DeviceFeatures, OfUnequalLengthsNameBothTheColumnAndTheRow) {
  const Ragged a = from_rows({{"x"}, {"x", "y"}, {"x"}});
  const Ragged b = from_rows({{"x"}, {"x", "y"}, {"x", "z"}});
  OnDevice memory(backend());
  Features features;
  features.set("a", memory.keep(a.view(), true));
  features.set("b", memory.keep(b.view(), false));
  const SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_hash_bucket("a", 10), 3),
       embedding_column(sequence_categorical_column_with_hash_bucket("b", 10), 3)},
      backend(), {.max_length = 4, .padding = Padding::max_length});
  const std::string message = refusal<DataError>([&] { return layer(features); });
  EXPECT_TRUE(holds(message, "b_embedding", "row 2"));
}

TEST_P(DeviceFeatures, NeedAWidthThatIsKnownOnTheHost) {
  OnDevice memory(backend());
  const Ragged a = from_rows({{"x"}});
  Features features;
  features.set("a", memory.keep(a.view(), true));
  const SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_hash_bucket("a", 10), 3)}, backend());
  EXPECT_THROW((void)layer(features), InvalidArgument);
}

SEQFEAT_ON_EVERY_BACKEND(DeviceFeatures);

TEST(HostLayer, RefusesFeaturesOfADevice) {
  RaggedView view = from_rows({{"x"}}).view();
  view.location = Location::device;
  Features features;
  features.set("a", view);
  const SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_hash_bucket("a", 10), 3)}, Backend::cpu(),
      {.max_length = 4, .padding = Padding::max_length});
  EXPECT_THROW((void)layer(features), InvalidArgument);
}

}  // namespace
}  // namespace seqfeat::test
