// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "backend/ops.hpp"

namespace seqfeat::detail {
namespace {

TEST(StatusWord, SaysWhatItWasMadeOf) {
  // Each field at every power of two, so that no bit of its mask can be missing.
  for (int column = 0; column < 12; ++column) {
    for (int row = 0; row < 28; ++row) {
      for (int step = 0; step < 20; ++step) {
        const Status status =
            status_of(status_word(std::int64_t{1} << column, std::int64_t{1} << row,
                                  std::int64_t{1} << step, Fault::past_end));
        ASSERT_EQ(status.column, std::int64_t{1} << column);
        ASSERT_EQ(status.row, std::int64_t{1} << row);
        ASSERT_EQ(status.step, std::int64_t{1} << step);
        ASSERT_EQ(status.fault, Fault::past_end);
      }
    }
  }
}

TEST(StatusWord, KeepsTheLargestThatFitsOfWhatDoesNot) {
  const Status status = status_of(status_word(INT64_MAX, INT64_MAX, INT64_MAX, Fault::length));
  EXPECT_EQ(status.column, (1 << 12) - 1);
  EXPECT_EQ(status.row, (1 << 28) - 1);
  EXPECT_EQ(status.step, (1 << 20) - 1);
  EXPECT_EQ(status.fault, Fault::length);
}

TEST(StatusWord, IsTheSmallerTheEarlierThePlace) {
  EXPECT_LT(status_word(0, 5, 9, Fault::past_end), status_word(1, 0, 0, Fault::row_offset));
  EXPECT_LT(status_word(1, 5, 9, Fault::past_end), status_word(1, 6, 0, Fault::row_offset));
  EXPECT_LT(status_word(1, 5, 8, Fault::past_end), status_word(1, 5, 9, Fault::row_offset));
  EXPECT_LT(status_word(1 << 20, 1 << 30, 1 << 30, Fault::past_end), kStatusOk);
}

}  // namespace
}  // namespace seqfeat::detail
