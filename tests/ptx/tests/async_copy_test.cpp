// SPDX-License-Identifier: Apache-2.0
// cp.async: the bytes arrive when the thread waits for their group, and not before.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

/// Copies words 0 and 1 of the input in two groups, waits as `wait` says, and stores their sum.
std::uint32_t sum_after(const std::string& wait) {
  Snippet snippet(
      "cp.async.ca.shared.global [words], [%in], 4; cp.async.commit_group;"
      "cp.async.ca.shared.global [words+4], [%in+4], 4; cp.async.commit_group;" +
      wait +
      "ld.shared.u32 %r2, [words]; ld.shared.u32 %r3, [words+4]; add.s32 %r2, %r2, %r3;"
      "st.global.u32 [%out], %r2;");
  snippet.declarations = ".shared .align 16 .b8 words[16];";
  snippet.threads = 1;
  snippet.input = {5, 70};
  return snippet.run()[0];
}

TEST(AsyncCopy, ArrivesAtTheWait) {
  constexpr std::uint32_t kPoison = 0xFFFFFFFF;
  EXPECT_EQ(sum_after(""), 2 * kPoison);
  EXPECT_EQ(sum_after("cp.async.wait_group 2;"), 2 * kPoison);
  EXPECT_EQ(sum_after("cp.async.wait_group 1;"), 5 + kPoison);
  EXPECT_EQ(sum_after("cp.async.wait_group 0;"), 75);
  EXPECT_EQ(sum_after("cp.async.wait_all;"), 75);
}

TEST(AsyncCopy, AGroupThatIsNotCommittedIsNotWaitedFor) {
  Snippet snippet(
      "cp.async.cg.shared.global.L2::128B [words], [%in], 16; cp.async.wait_group 0;"
      "ld.shared.u32 %r2, [words+12]; cp.async.wait_all; ld.shared.u32 %r3, [words+12];"
      "sub.s32 %r2, %r3, %r2; st.global.u32 [%out], %r2;");
  snippet.declarations = ".shared .align 16 .b8 words[16];";
  snippet.threads = 1;
  snippet.input = {1, 2, 3, 4};
  EXPECT_EQ(snippet.run()[0], 4 + 1);
}

TEST(AsyncCopy, WhatTheSourceDoesNotFillIsZero) {
  Snippet snippet(
      "cp.async.ca.shared.global [words], [%in], 8, 4; cp.async.wait_all;"
      "ld.shared.v2.u32 {%r2, %r3}, [words]; add.s32 %r2, %r2, %r3; st.global.u32 [%out], %r2;");
  snippet.declarations = ".shared .align 16 .b8 words[16];";
  snippet.threads = 1;
  snippet.input = {6, 50};
  EXPECT_EQ(snippet.run()[0], 6);
  snippet.body =
      "mov.u32 %r4, 9; cp.async.ca.shared.global [words], [%in], 8, %r4; cp.async.wait_all;";
  EXPECT_NE(snippet.fault().find("copies 9 bytes from the source; expected at most 8"),
            std::string::npos);
}

TEST(AsyncCopy, BoundsAndAlignmentAreCheckedAtTheStart) {
  Snippet snippet("cp.async.ca.shared.global [words+8], [%in], 16;");
  snippet.declarations = ".shared .align 16 .b8 words[16];";
  snippet.input = {1, 2, 3, 4};
  EXPECT_NE(snippet.fault().find("expected a multiple of 16"), std::string::npos);
  snippet.body = "cp.async.ca.shared.global [words], [%in+16], 16;";
  EXPECT_NE(snippet.fault().find("reads 16 bytes"), std::string::npos);
}

}  // namespace
}  // namespace ptx_test
