// SPDX-License-Identifier: Apache-2.0
// Instructions by which the lanes of a warp exchange values, with full and partial masks.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

/// Results of the 32 lanes; `body` leaves them in %r2. In every order.
std::vector<std::uint32_t> lanes(const std::string& body) {
  std::vector<std::uint32_t> first;
  for (const ptx::Order order : every_order()) {
    Snippet snippet(body + " st.global.u32 [%out], %r2;");
    snippet.order = order;
    const std::vector<std::uint32_t> results = snippet.run();
    EXPECT_TRUE(first.empty() || first == results) << "the order makes a difference: " << body;
    first = results;
  }
  return first;
}

/// Puts the lanes that are not in the mask to sleep, as `mask` in %r3 says.
std::string only(const std::string& mask) {
  return "mov.u32 %r3, " + mask +
         "; shr.u32 %r4, %r3, %t; and.b32 %r4, %r4, 1; setp.eq.s32 %p7, %r4, 0; @%p7 ret;";
}

constexpr std::uint32_t kOff = Snippet::untouched;

TEST(Vote, Ballot) {
  const std::string odd = "and.b32 %r5, %t, 1; setp.ne.s32 %p1, %r5, 0;";
  EXPECT_EQ(lanes(odd + "vote.sync.ballot.b32 %r2, %p1, -1;")[7], 0xAAAAAAAA);
  EXPECT_EQ(lanes(odd + "vote.sync.ballot.b32 %r2, !%p1, -1;")[7], 0x55555555);
  const auto some = lanes(odd + only("0xFF") + "vote.sync.ballot.b32 %r2, %p1, 0xFF;");
  EXPECT_EQ(some[0], 0xAA);
  EXPECT_EQ(some[8], kOff);
}

TEST(Vote, AllAnyUniform) {
  const auto vote = [](const std::string& mode, int bound) {
    return lanes("setp.lt.s32 %p1, %t, " + std::to_string(bound) + "; vote.sync." + mode +
                 ".pred %p2, %p1, -1; selp.u32 %r2, 1, 0, %p2;")[3];
  };
  EXPECT_EQ(vote("all", 32), 1);
  EXPECT_EQ(vote("all", 31), 0);
  EXPECT_EQ(vote("any", 1), 1);
  EXPECT_EQ(vote("any", 0), 0);
  EXPECT_EQ(vote("uni", 32), 1);
  EXPECT_EQ(vote("uni", 0), 1);
  EXPECT_EQ(vote("uni", 5), 0);
}

TEST(Match, LanesWithTheSameValue) {
  const auto words = lanes("and.b32 %r5, %t, 3; match.any.sync.b32 %r2, %r5, -1;");
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(words[lane], 0x11111111U << lane % 4);
  }
  const auto wide =
      lanes("shr.u32 %r5, %t, 4; mov.b64 %d1, {0, %r5}; match.any.sync.b64 %r2, %d1, -1;");
  EXPECT_EQ(wide[3], 0x0000FFFF);
  EXPECT_EQ(wide[20], 0xFFFF0000);
  EXPECT_EQ(lanes(only("0xF0") + "match.any.sync.b32 %r2, 7, 0xF0;")[5], 0xF0);
}

TEST(Redux, OverTheMask) {
  const auto reduce = [](const std::string& operation) {
    return lanes("sub.s32 %r5, %t, 3;" + only("0x3F0F") + "redux.sync." + operation +
                 " %r2, %r5, 0x3F0F;")[2];
  };
  // Values -3, -2, -1, 0 and 5 to 10.
  EXPECT_EQ(reduce("add.u32"), 39);
  EXPECT_EQ(reduce("add.s32"), 39);
  EXPECT_EQ(reduce("min.s32"), 0xFFFFFFFD);
  EXPECT_EQ(reduce("min.u32"), 0);
  EXPECT_EQ(reduce("max.s32"), 10);
  EXPECT_EQ(reduce("max.u32"), 0xFFFFFFFF);
  EXPECT_EQ(reduce("and.b32"), 0);
  EXPECT_EQ(reduce("or.b32"), 0xFFFFFFFF);
  EXPECT_EQ(reduce("xor.b32"),
            (0xFFFFFFFDU ^ 0xFFFFFFFEU ^ 0xFFFFFFFFU ^ 5U ^ 6U ^ 7U ^ 8U ^ 9U ^ 10U));
}

TEST(Redux, MasksOfSeveralGroupsAtOneInstruction) {
  const auto sums = lanes(
      "setp.lt.s32 %p1, %t, 10; selp.b32 %r5, 0x3FF, 0xFFFFFC00, %p1;"
      "redux.sync.add.u32 %r2, %t, %r5;");
  EXPECT_EQ(sums[0], 45);
  EXPECT_EQ(sums[31], 31 * 32 / 2 - 45);
}

/// The lane that each lane reads, plus 100 if the predicate says that it is in range.
std::vector<std::uint32_t> shuffle(const std::string& mode, const std::string& distance,
                                   const std::string& control) {
  return lanes("shfl.sync." + mode + ".b32 %r5|%p1, %t, " + distance + ", " + control +
               ", -1; selp.u32 %r6, 100, 0, %p1; add.s32 %r2, %r5, %r6;");
}

TEST(Shuffle, Index) {
  const auto all = shuffle("idx", "5", "31");
  const auto segments = shuffle("idx", "9", "0x181F");  // segments of 8 lanes
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(all[lane], 105);
    EXPECT_EQ(segments[lane], 100 + (lane & 24) + 1);  // 9 is taken modulo 8
  }
  EXPECT_EQ(shuffle("idx", "33", "31")[4], 101);  // of the distance 5 bits count
  EXPECT_EQ(shuffle("idx", "5", "3")[9], 9);      // beyond the clamp
}

TEST(Shuffle, Up) {
  const auto all = shuffle("up", "3", "0");
  const auto segments = shuffle("up", "3", "0x1800");
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(all[lane], lane < 3 ? lane : 100 + lane - 3);
    EXPECT_EQ(segments[lane], lane % 8 < 3 ? lane : 100 + lane - 3);
  }
}

TEST(Shuffle, Down) {
  const auto all = shuffle("down", "3", "31");
  const auto segments = shuffle("down", "3", "0x181F");
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(all[lane], lane > 28 ? lane : 100 + lane + 3);
    EXPECT_EQ(segments[lane], lane % 8 > 4 ? lane : 100 + lane + 3);
  }
}

TEST(Shuffle, Butterfly) {
  const auto all = shuffle("bfly", "12", "31");
  const auto segments = shuffle("bfly", "12", "0x181F");
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(all[lane], 100 + (lane ^ 12));
    // 8 lanes a segment: lanes of lower segments are in reach, those of higher ones are not.
    EXPECT_EQ(segments[lane], (lane ^ 12) <= (lane | 7) ? 100 + (lane ^ 12) : lane);
  }
}

TEST(Shuffle, WithoutPredicate) {
  EXPECT_EQ(lanes("shfl.sync.idx.b32 %r2, %t, 9, 31, -1;")[1], 9);
}

TEST(Lanes, ActiveMask) {
  Snippet snippet(only("0xF0F") + "activemask.b32 %r2; st.global.u32 [%out], %r2;");
  EXPECT_EQ(snippet.run()[1], 0xF0F);
}

// A barrier of a warp, a vote and a shuffle let lanes meet that come by different ways.
TEST(Lanes, MeetAtDifferentInstructions) {
  const auto results = lanes(
      "setp.lt.s32 %p1, %t, 16; @%p1 bra LOW;"
      "add.s32 %r5, %t, 100; shfl.sync.bfly.b32 %r2, %r5, 16, 31, -1; bra END;"
      "LOW: shfl.sync.bfly.b32 %r2, %t, 16, 31, -1;"
      "END:");
  EXPECT_EQ(results[0], 116);
  EXPECT_EQ(results[16], 0);
}

TEST(Lanes, ThatHaveLeftAreNotWaitedFor) {
  const auto results =
      lanes("setp.ge.s32 %p1, %t, 20; @%p1 ret; bar.warp.sync -1; redux.sync.add.u32 %r2, 1, -1;");
  EXPECT_EQ(results[0], 20);
  EXPECT_EQ(results[20], kOff);
}

TEST(Lanes, ThatLeaveWhileOthersWaitLetThemGoOn) {
  const auto results = lanes(
      "setp.ge.s32 %p1, %t, 20; @%p1 bra LEAVE; redux.sync.add.u32 %r2, 1, -1; bra END;"
      "LEAVE: ret; END:");
  EXPECT_EQ(results[0], 20);
}

// Lanes 0 to 15 meet, and lanes 16 to 31; neither group is in the way of the other.
TEST(Lanes, WithDifferentMasksMeetApart) {
  const auto results = lanes(
      "setp.lt.s32 %p1, %t, 8; @%p1 bra FIRST; setp.ge.s32 %p1, %t, 16; @%p1 bra SECOND; bra THIRD;"
      "FIRST: redux.sync.add.u32 %r2, 1, 0xFFFF; bra END;"
      "SECOND: redux.sync.add.u32 %r2, 100, 0xFFFF0000; bra END;"
      "THIRD: redux.sync.add.u32 %r2, 10, 0xFFFF; END:");
  EXPECT_EQ(results[0], 88);
  EXPECT_EQ(results[8], 88);
  EXPECT_EQ(results[16], 1600);
}

TEST(Lanes, OfAShortWarpAreNotWaitedFor) {
  Snippet snippet("redux.sync.add.u32 %r2, 1, -1; st.global.u32 [%out], %r2;");
  snippet.threads = 40;
  const auto results = snippet.run();
  EXPECT_EQ(results[31], 32);
  EXPECT_EQ(results[32], 8);
}

}  // namespace
}  // namespace ptx_test
