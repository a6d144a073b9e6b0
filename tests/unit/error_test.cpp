// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/error.hpp"

#include <gtest/gtest.h>

namespace seqfeat::test {
namespace {

TEST(DataError, BeginsWithItsPlaceAsFarAsThatIsKnown) {
  const auto said = [](DataPlace place) {
    return std::string(DataError(std::move(place), "why").what());
  };
  EXPECT_EQ(said({}), "why");
  EXPECT_EQ(said({.file = "f"}), "f: why");
  EXPECT_EQ(said({.file = "f", .offset = 7}), "f: byte 7: why");
  EXPECT_EQ(said({.file = "f", .record = 3, .offset = 7}), "f:3: why");
  EXPECT_EQ(said({.file = "f", .record = 3, .row = 1, .column = "c"}), "f:3: c: why");
  EXPECT_EQ(said({.record = 3, .column = "c"}), "record 3: c: why");
  EXPECT_EQ(said({.row = 1}), "row 1: why");
}

TEST(DataError, LearnsMoreOfItsPlaceOnTheWayUp) {
  const DataError row({.row = 4, .column = "c"}, "why");
  const DataError known = row.at({.file = "f", .record = 9, .offset = 70});
  EXPECT_STREQ(known.what(), "f:9: c: why");
  EXPECT_EQ(known.reason(), "why");
  EXPECT_EQ(known.place().offset, 70);
  EXPECT_EQ(known.row(), 4);
  const DataError same = known.with({.file = "g"});
  EXPECT_STREQ(same.what(), known.what());
  EXPECT_EQ(same.place().file, "g");
  EXPECT_EQ(same.place().record, std::nullopt);
  const DataError plain("only words");
  EXPECT_EQ(plain.reason(), "only words");
  EXPECT_STREQ(plain.at({.file = "f"}).what(), "f: only words");
}

}  // namespace
}  // namespace seqfeat::test
