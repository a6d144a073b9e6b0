// SPDX-License-Identifier: Apache-2.0
// Diverged lanes, barriers, and mistakes that only another order of threads shows.
#include <gtest/gtest.h>

#include <set>

#include "snippet.hpp"

namespace ptx_test {
namespace {

std::vector<std::uint32_t> run(Snippet snippet, ptx::Order order) {
  snippet.order = order;
  return snippet.run();
}

/// Whether an order other than the ascending one changes a result.
bool depends_on_order(const Snippet& snippet) {
  std::set<std::vector<std::uint32_t>> results;
  for (const ptx::Order order : every_order()) {
    results.insert(run(snippet, order));
  }
  return results.size() > 1;
}

const char* const kWords = ".shared .align 4 .b8 words[512];";

/// Each lane passes its number to the next lane through shared memory.
Snippet hand_over(const std::string& between, unsigned threads) {
  const std::string wrap = std::to_string(threads - 1);
  Snippet snippet(
      "shl.b32 %r2, %t, 2; mov.u32 %r3, words; add.s32 %r2, %r3, %r2;"
      "st.shared.u32 [%r2], %t; " +
      between + " add.s32 %r4, %t, 1; and.b32 %r4, %r4, " + wrap +
      "; shl.b32 %r4, %r4, 2;"
      "add.s32 %r4, %r3, %r4; ld.shared.u32 %r5, [%r4]; st.global.u32 [%out], %r5;");
  snippet.declarations = kWords;
  snippet.threads = threads;
  return snippet;
}

TEST(Order, AMissingWarpBarrierIsFound) {
  EXPECT_FALSE(depends_on_order(hand_over("bar.warp.sync -1;", 32)));
  EXPECT_TRUE(depends_on_order(hand_over("", 32)));
  const auto descending = run(hand_over("", 32), {ptx::Order::Kind::descending});
  EXPECT_EQ(descending[31], 0xFFFFFFFF) << "the last lane reads what the first has not written yet";
}

// The write of the second round comes before all have read the first.
TEST(Order, AMissingWarpBarrierBeforeTheNextRoundIsFound) {
  const auto rounds = [](const std::string& between) {
    Snippet snippet = hand_over("bar.warp.sync -1;", 32);
    snippet.body += between + "add.s32 %r6, %t, 100; st.shared.u32 [%r2], %r6;";
    return snippet;
  };
  EXPECT_FALSE(depends_on_order(rounds("bar.warp.sync -1;")));
  EXPECT_TRUE(depends_on_order(rounds("")));
}

TEST(Order, AMissingBlockBarrierIsFound) {
  EXPECT_FALSE(depends_on_order(hand_over("bar.sync 0;", 128)));
  EXPECT_TRUE(depends_on_order(hand_over("bar.warp.sync -1;", 128)));
}

TEST(Order, BlocksGoInEveryOrder) {
  Snippet snippet("sub.s64 %d1, %out, %place; atom.global.exch.b32 %r2, [%d1], %r0;");
  snippet.threads = 1;
  snippet.blocks = 5;
  EXPECT_EQ(run(snippet, {})[0], 4);
  EXPECT_EQ(run(snippet, {ptx::Order::Kind::descending})[0], 0);
}

TEST(Order, LoopsOfDifferentLengthComeTogetherAgain) {
  for (const ptx::Order order : every_order()) {
    Snippet snippet(
        "mov.u32 %r2, 0; mov.u32 %r3, 0;"
        "LOOP: setp.ge.u32 %p1, %r2, %t; @%p1 bra DONE; add.s32 %r2, %r2, 1; add.s32 %r3, %r3, %r2;"
        "bra.uni LOOP; DONE: redux.sync.add.u32 %r4, 1, -1; add.s32 %r3, %r3, %r4;"
        "st.global.u32 [%out], %r3;");
    const auto results = run(snippet, order);
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(results[lane], lane * (lane + 1) / 2 + 32);
    }
  }
}

// Lanes that meet again run as one: the tail costs one warp instruction each, not 32.
TEST(Order, AscendingLanesRunTogetherAfterABranch) {
  Snippet snippet(
      "and.b32 %r2, %t, 1; setp.eq.s32 %p1, %r2, 0; @%p1 bra EVEN; add.s32 %r3, %t, 1;"
      "bra.uni END; EVEN: add.s32 %r3, %t, 2; END: add.s32 %r3, %r3, 1; add.s32 %r3, %r3, 1;"
      "st.global.u32 [%out], %r3;");
  const auto results = snippet.run();
  EXPECT_EQ(results[0], 4);
  EXPECT_EQ(results[1], 4);
  const ptx::Outcome diverged = snippet.outcome;
  snippet.body = "mov.u32 %r3, 4; st.global.u32 [%out], %r3;";
  snippet.run();
  EXPECT_EQ(diverged.warp_instructions - snippet.outcome.warp_instructions, 3 + 2 + 1 + 2 - 1);
}

TEST(Barrier, CountsAndVotesOfTheWholeBlock) {
  for (const ptx::Order order : every_order()) {
    const auto vote = [&](const std::string& lines, std::uint32_t bound) {
      Snippet snippet("setp.lt.u32 %p1, %t, " + std::to_string(bound) + ";" + lines +
                      "st.global.u32 [%out], %r2;");
      snippet.threads = 70;
      return run(snippet, order)[69];
    };
    EXPECT_EQ(vote("bar.red.popc.u32 %r2, 0, %p1;", 37), 37);
    EXPECT_EQ(vote("bar.red.popc.u32 %r2, 0, !%p1;", 37), 33);
    const std::string result = "selp.u32 %r2, 1, 0, %p2;";
    EXPECT_EQ(vote("bar.red.or.pred %p2, 0, %p1;" + result, 1), 1);
    EXPECT_EQ(vote("bar.red.or.pred %p2, 0, %p1;" + result, 0), 0);
    EXPECT_EQ(vote("bar.red.and.pred %p2, 0, %p1;" + result, 70), 1);
    EXPECT_EQ(vote("bar.red.and.pred %p2, 0, %p1;" + result, 69), 0);
  }
}

TEST(Barrier, ThreadsThatHaveLeftAreNotWaitedFor) {
  Snippet snippet(
      "setp.ge.u32 %p1, %t, 40; @%p1 ret; setp.eq.u32 %p2, %t, %t;"
      "bar.red.popc.u32 %r2, 0, %p2; st.global.u32 [%out], %r2;");
  snippet.threads = 128;
  EXPECT_EQ(snippet.run()[39], 40);
}

}  // namespace
}  // namespace ptx_test
