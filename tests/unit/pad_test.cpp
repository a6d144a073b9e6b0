// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/pad.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "seqfeat/error.hpp"
#include "seqfeat/pack.hpp"

namespace seqfeat {
namespace {

TEST(Pad, MeasuresARowByItsLastValue) {
  const Ragged batch =
      from_nested_rows({{{"a"}, {}, {"b"}, {}, {}}, {{}, {}}, {}, {{"c", "d"}}, {{}, {"e"}}});
  const std::array<std::int64_t, 5> lengths = {3, 0, 0, 1, 2};
  for (std::int64_t row = 0; row < 5; ++row) {
    EXPECT_EQ(steps_of_row(batch.view(), row).count, lengths[static_cast<std::size_t>(row)]) << row;
  }
}

TEST(Pad, RoundsTheWidthUp) {
  EXPECT_EQ(padded_steps({}, 7), 7);
  EXPECT_EQ(padded_steps({.pad_to_multiple_of = 8}, 9), 16);
  EXPECT_EQ(padded_steps({.pad_to_multiple_of = 8}, 0), 0);
  EXPECT_EQ(padded_steps({.max_length = 5, .padding = Padding::max_length}, 2), 5);
  EXPECT_EQ(padded_steps({.max_length = 5, .padding = Padding::longest}, 2), 2);
  constexpr std::int64_t kHalf = std::int64_t{1} << 62;
  EXPECT_THROW((void)padded_steps({.pad_to_multiple_of = kHalf + 1}, kHalf + 2), InvalidArgument);
}

TEST(Pad, MasksAsTensorFlowDoes) {
  using Mask = std::vector<std::uint8_t>;
  const std::array<std::int64_t, 3> lengths = {1, 3, -2};
  EXPECT_EQ(sequence_mask(lengths), (Mask{1, 0, 0, 1, 1, 1, 0, 0, 0}));
  EXPECT_EQ(sequence_mask(lengths, 2), (Mask{1, 0, 1, 1, 0, 0}));
  EXPECT_EQ(sequence_mask(lengths, 0), Mask{});
  EXPECT_THROW((void)sequence_mask(lengths, -1), InvalidArgument);
  EXPECT_THROW((void)sequence_mask(lengths, std::numeric_limits<std::int64_t>::max()),
               InvalidArgument);
  EXPECT_THROW((void)sequence_mask(lengths, std::int64_t{1} << 50), OutOfMemory);
}

}  // namespace
}  // namespace seqfeat
