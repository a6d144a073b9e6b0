// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/ragged.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seqfeat/detail/growing_array.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::test {
namespace {

/// Everything a view shows, as text: "(a)(b c)|()" is a row of two steps and one of a hole.
std::string shown(const RaggedView& view) {
  validate(view, "feature");
  std::string text;
  for (std::int64_t r = 0; r < view.rows(); ++r) {
    text += r > 0 ? "|" : "";
    for (auto s = view.row_offsets[r]; s < view.row_offsets[r + 1]; ++s) {
      text += '(';
      for (auto i = view.first_value(s); i < view.first_value(s + 1); ++i) {
        text += i > view.first_value(s) ? " " : "";
        if (is_integer(view.dtype)) {
          text += std::to_string(integer_at(view.data, view.dtype, i));
        } else {
          const auto* bytes = static_cast<const char*>(view.data);
          text.append(bytes + view.byte_offsets[i], bytes + view.byte_offsets[i + 1]);
        }
      }
      text += ')';
    }
  }
  return text;
}

/// Writes strings into a room that has more of it than they need.
void add_in_place(Ragged& batch, const std::vector<std::string_view>& strings) {
  const Ragged::StringRoom room = batch.string_room(strings.size() + 3, 100);
  std::size_t size = 0;
  for (std::size_t i = 0; i < strings.size(); ++i) {
    std::copy_n(reinterpret_cast<const std::byte*>(strings[i].data()), strings[i].size(),
                room.bytes + size);
    size += strings[i].size();
    room.ends[i] = room.begin + static_cast<std::int64_t>(size);
  }
  batch.add_written(strings.size(), size);
}

TEST(Ragged, TakesStringsThatAreWrittenInPlace) {
  Ragged batch;
  add_in_place(batch, {"a", "", "bcd"});
  batch.end_steps();
  batch.end_row();
  batch.add_value("e");
  batch.end_step();
  add_in_place(batch, {"f"});
  batch.end_steps();
  batch.end_row();
  EXPECT_EQ(shown(batch.view()), "(a)()(bcd)|(e)(f)");
  EXPECT_TRUE(batch.view().step_offsets.absent());
}

TEST(Ragged, TakesStringsInPlaceBehindStepsOfSeveralValues) {
  Ragged batch;
  add_in_place(batch, {"a", "b"});
  batch.end_step();
  batch.end_step();
  add_in_place(batch, {"c", "d"});
  batch.end_steps();
  batch.end_row();
  EXPECT_EQ(shown(batch.view()), "(a b)()(c)(d)");
}

TEST(Ragged, MakesNoStepsOfNothing) {
  Ragged batch;
  batch.end_steps();
  batch.end_row();
  EXPECT_EQ(shown(batch.view()), "");
  EXPECT_EQ(batch.rows(), 1);
}

TEST(Ragged, DropsWhatWasWrittenInPlaceAndIsNoRowYet) {
  Ragged batch;
  add_in_place(batch, {"kept"});
  batch.end_steps();
  batch.end_row();
  add_in_place(batch, {"dropped", "too"});
  batch.end_steps();
  batch.cut_back(1);
  EXPECT_EQ(shown(batch.view()), "(kept)");
  batch.add_value("next");
  batch.end_row();
  EXPECT_EQ(shown(batch.view()), "(kept)|(next)");
}

TEST(Ragged, TakesIntegersOfEveryTypeAtOnce) {
  for (const DType dtype : {DType::int8, DType::int16, DType::int32, DType::int64}) {
    Ragged batch(dtype);
    batch.add_integers(std::vector<std::int64_t>{-128, 0, 127});
    batch.end_steps();
    batch.add_value(std::int64_t{-1});
    batch.end_row();
    EXPECT_EQ(shown(batch.view()), "(-128)(0)(127)(-1)") << to_string(dtype);
  }
  for (const DType dtype : {DType::uint8, DType::uint16, DType::uint32, DType::uint64}) {
    Ragged batch(dtype);
    batch.add_integers(std::vector<std::int64_t>{0, 255});
    batch.end_row();
    EXPECT_EQ(shown(batch.view()), "(0 255)") << to_string(dtype);
  }
}

TEST(Ragged, IsCopiedWithAllItHolds) {
  Ragged batch;
  add_in_place(batch, {"a", "b"});
  batch.end_row();
  Ragged copy = batch;
  batch.add_value("c");
  batch.end_row();
  EXPECT_EQ(shown(copy.view()), "(a b)");
  copy = batch;
  EXPECT_EQ(shown(copy.view()), "(a b)|(c)");
  const Ragged moved = std::move(copy);
  EXPECT_EQ(shown(moved.view()), "(a b)|(c)");
}

TEST(Ragged, RefusesRoomAndNumbersOfAnotherTypeThanItsOwn) {
  Ragged strings;
  EXPECT_THROW(strings.add_integers(std::vector<std::int64_t>{1}), InvalidArgument);
  Ragged integers(DType::int32);
  EXPECT_THROW((void)integers.string_room(1, 1), InvalidArgument);
  EXPECT_THROW(integers.add_value("a"), InvalidArgument);
  integers.end_row();
  EXPECT_EQ(integers.view().value_count, 0);
}

TEST(GrowingArray, KeepsWhatItHoldsWhenItGrows) {
  detail::GrowingArray<int> numbers;
  for (int n = 0; n < 1000; ++n) numbers.push_back(n);
  numbers.append(std::vector<int>{-1, -2});
  ASSERT_EQ(numbers.size(), 1002U);
  for (int n = 0; n < 1000; ++n) EXPECT_EQ(numbers.data()[n], n);
  EXPECT_EQ(numbers.back(), -2);
  numbers.cut(1);
  EXPECT_EQ(numbers.back(), 0);
}

TEST(GrowingArray, RefusesMoreThanThereCanBe) {
  detail::GrowingArray<std::int64_t> numbers;
  numbers.push_back(5);
  EXPECT_THROW((void)numbers.room(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  EXPECT_THROW((void)numbers.room(std::numeric_limits<std::size_t>::max() / 2), std::bad_alloc);
  EXPECT_EQ(numbers.back(), 5);
}

}  // namespace
}  // namespace seqfeat::test
