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

TEST_P(DeviceFeatures, AnswerAsThoseOnTheHostDo) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const Case c = random_case_of_known_length(seed);
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
    const Case c = random_case_of_known_length(seed);
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
  bool wide = true;
  bool second = false;  ///< Behind a column whose offsets are sound.

  std::string error_on(const Backend& backend,
                       LayerOptions options = {.max_length = 4, .padding = Padding::max_length}) {
    OnDevice memory(backend);
    RaggedView view;
    view.row_offsets = memory.keep(offsets_of(rows), wide);
    view.step_offsets = memory.keep(offsets_of(steps), wide);
    view.byte_offsets = memory.keep(offsets_of(bytes), wide);
    view.data = memory.keep(data.data(), std::ssize(data));
    view.value_count = std::ssize(bytes) - 1;
    view.bytes = std::ssize(data);
    view.location = Location::device;
    Features features;
    features.set("k", view);
    std::vector<Column> columns;
    if (second) {
      const Ragged sound = from_rows({{"x", "y"}, {"z"}});
      features.set("a", memory.keep(sound.view(), wide));
      columns.emplace_back(
          embedding_column(sequence_categorical_column_with_hash_bucket("a", 10), 2));
    }
    columns.emplace_back(
        embedding_column(sequence_categorical_column_with_hash_bucket("k", 10), 3));
    const SequenceFeatures layer(columns, backend, options);
    return refusal<DataError>([&] { return layer(features); });
  }
};

TEST_P(DeviceFeatures, HaveTheirOffsetsCheckedOnTheDevice) {
  using List = std::vector<std::int64_t>;
  for (const bool wide : {false, true}) {
    const std::int64_t least = wide ? INT64_MIN : INT32_MIN;
    const std::int64_t most = wide ? INT64_MAX : INT32_MAX;
    const auto error = [&](List Broken::*level, const List& offsets) {
      Broken broken;
      broken.wide = wide;
      broken.*level = offsets;
      return broken.error_on(backend());
    };
    for (const List& rows : {List{0, 2, 3}, {0, 0, 3}, {0, 0, 0, 3, 3}, {0, 3}}) {
      EXPECT_EQ(error(&Broken::rows, rows), "");
    }
    for (const List& rows :
         {List{0, 3, 2}, {0, 2, 4}, {0, 2, 2}, {1, 2, 3}, {-1, 2, 3}, {0, 2, most}}) {
      EXPECT_TRUE(holds(error(&Broken::rows, rows), "k_embedding", "row_offsets")) << rows[1];
    }
    EXPECT_EQ(error(&Broken::steps, {0, 0, 0, 4}), "");
    for (const List& steps : {List{0, -7, 2, 4},
                              {1, 1, 2, 4},
                              {-1, 1, 2, 4},
                              {0, 2, 1, 4},
                              {0, 1, 2, 3},
                              {0, 1, 2, 5},
                              {0, 1, 5, 4},
                              {0, 1, 2, most}}) {
      EXPECT_TRUE(holds(error(&Broken::steps, steps), "k_embedding", "step_offsets")) << steps[1];
    }
    for (const List& bytes : {List{0, 0, 0, 0, 0}, {1, 2, 3, 4, 4}}) {
      EXPECT_EQ(error(&Broken::bytes, bytes), "");
    }
    for (const List& bytes : {List{0, 3, 2, 3, 4},
                              {0, 1, 2, 3, 2},
                              {0, 1, 2, 3, 5},
                              {0, 1, 2, 3, most},
                              {-1, 1, 2, 3, 4},
                              {least, 1, 2, 3, 4}}) {
      EXPECT_TRUE(holds(error(&Broken::bytes, bytes), "k_embedding", "byte_offsets")) << bytes[1];
    }
  }
}

TEST_P(DeviceFeatures, HaveEveryByteOffsetOfALongStepChecked) {
  constexpr std::int64_t kValues = 23;
  for (std::int64_t wrong = 0; wrong < kValues; ++wrong) {
    Broken broken{.rows = {0, 1}, .steps = {0, kValues}, .bytes = {}, .data = std::string(32, 'x')};
    for (std::int64_t v = 0; v <= kValues; ++v) {
      broken.bytes.push_back(v <= wrong ? 5 + v : 4 + wrong);  // one value ends before it begins
    }
    EXPECT_TRUE(holds(broken.error_on(backend()), "k_embedding", "row 0", "byte_offsets")) << wrong;
  }
}

TEST_P(DeviceFeatures, NameTheColumnAndTheRowOfOffsetsThatAreWrong) {
  Broken broken{.second = true};
  EXPECT_EQ(broken.error_on(backend()), "");
  broken.rows = {0, 2, 4};
  EXPECT_TRUE(holds(broken.error_on(backend()), "k_embedding", "row 1", "row_offsets"));
  broken = {.steps = {0, 1, 2, 5}, .second = true};
  EXPECT_TRUE(holds(broken.error_on(backend()), "k_embedding", "row 1", "step_offsets"));
  broken = {.bytes = {0, 1, 2, 3, 5}, .second = true};
  EXPECT_TRUE(holds(broken.error_on(backend()), "k_embedding", "row 1", "byte_offsets"));
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
