// SPDX-License-Identifier: Apache-2.0
// mov, prmt and cvta, and the special registers.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

TEST(Move, Values) {
  for (const std::string kind : {"b", "u", "s"}) {
    expect_results("mov." + kind + "16", "b16 b16", {{{0x8001}, 0x8001}});
    expect_results("mov." + kind + "32", "b32 b32", {{{0x80000001}, 0x80000001}});
    expect_results("mov." + kind + "64", "b64 b64",
                   {{{std::uint64_t{5} << 60}, std::uint64_t{5} << 60}});
  }
  expect_results("mov.f32", "f32 f32", {{{0x7FC00001}, 0x7FC00001}});
  expect_results("mov.pred", "pred pred", {{{0}, 0}, {{1}, 1}});
}

std::uint32_t result(const std::string& body) {
  return Snippet(body).run().front();
}

TEST(Move, Literals) {
  EXPECT_EQ(result("mov.u32 %r2, 0x1F; st.global.u32 [%out], %r2;"), 31);
  EXPECT_EQ(result("mov.u32 %r2, 0x1FU; st.global.u32 [%out], %r2;"), 31);
  EXPECT_EQ(result("mov.s32 %r2, -2; st.global.u32 [%out], %r2;"), 0xFFFFFFFE);
  EXPECT_EQ(result("mov.f32 %f1, 0f3F800000; st.global.f32 [%out], %f1;"), 0x3F800000);
  EXPECT_EQ(result("st.global.u16 [%out], -1;"), 0xCDCDFFFF);
  EXPECT_EQ(result("st.global.u8 [%out], 18;"), 0xCDCDCD12);
  EXPECT_EQ(result("mov.pred %p1, -1; selp.u32 %r2, 5, 6, %p1; st.global.u32 [%out], %r2;"), 5);
}

TEST(Move, PartsOfRegisters) {
  EXPECT_EQ(result("mov.b64 %d1, 0x1122334455667788; mov.b64 {%r2, %r3}, %d1;"
                   "sub.s32 %r2, %r2, %r3; st.global.u32 [%out], %r2;"),
            0x44444444);
  EXPECT_EQ(result("mov.b32 %r2, 0x11223344; mov.b32 {%h1, %h2}, %r2; mov.b32 %r3, {%h2, %h1};"
                   "st.global.u32 [%out], %r3;"),
            0x33441122);
  EXPECT_EQ(result("mov.b16 %h1, 7; mov.b32 %r3, {0, %h1}; st.global.u32 [%out], %r3;"), 7 << 16);
  EXPECT_EQ(result("mov.b64 %d1, 0x1122334455667788; mov.b64 {%h0, %h1, %h2, %h3}, %d1;"
                   "mov.b64 %d2, {%h3, %h2, %h1, %h0}; mov.b64 {%r2, %r3}, %d2;"
                   "st.global.u32 [%out], %r2;"),
            0x33441122);
  EXPECT_EQ(result("mov.b64 %d1, {%t, 3}; shr.u64 %d1, %d1, 32; cvt.u32.u64 %r2, %d1;"
                   "st.global.u32 [%out], %r2;"),
            3);
}

TEST(Move, BytesArePermuted) {
  constexpr std::uint64_t kA = 0x33221100;
  constexpr std::uint64_t kB = 0x77665544;
  expect_results("prmt.b32", "b32 b32 b32 b32",
                 {{{kA, kB, 0x3210}, kA},
                  {{kA, kB, 0x7654}, kB},
                  {{kA, kB, 0x7604}, 0x77660044},
                  {{0x807F0000, kB, 0xBA32}, 0xFF00807F},  // the nibble's top bit copies the sign
                  {{kA, kB, 0xFFFF3210}, kA}});
  const auto mode = [&](const char* name, std::array<std::uint64_t, 4> expected) {
    std::vector<Case> cases;
    for (std::uint64_t c = 0; c < 4; ++c) {
      cases.push_back({{kA, kB, c | 0xFFFFFFF0}, expected.at(c)});
    }
    expect_results(std::string("prmt.b32.") + name, "b32 b32 b32 b32", cases);
  };
  mode("f4e", {0x33221100, 0x44332211, 0x55443322, 0x66554433});
  mode("b4e", {0x55667700, 0x66770011, 0x77001122, 0x00112233});
  mode("rc8", {0x00000000, 0x11111111, 0x22222222, 0x33333333});
  mode("ecl", {0x33221100, 0x33221111, 0x33222222, 0x33333333});
  mode("ecr", {0x00000000, 0x11111100, 0x22221100, 0x33221100});
  mode("rc16", {0x11001100, 0x33223322, 0x11001100, 0x33223322});
}

TEST(Move, SpecialRegisters) {
  const auto values = [](const std::string& name) {
    Snippet snippet("mov.u32 %r2, " + name + "; st.global.u32 [%out], %r2;");
    snippet.threads = 40;
    snippet.blocks = 3;
    return snippet.run();
  };
  const auto expect = [&](const std::string& name, std::uint32_t of_second_blocks_thread_35) {
    EXPECT_EQ(values(name)[40 + 35], of_second_blocks_thread_35) << name;
  };
  expect("%tid.x", 35);
  expect("%tid.y", 0);
  expect("%tid.z", 0);
  expect("%ntid.x", 40);
  expect("%ntid.y", 1);
  expect("%ntid.z", 1);
  expect("%ctaid.x", 1);
  expect("%ctaid.y", 0);
  expect("%ctaid.z", 0);
  expect("%nctaid.x", 3);
  expect("%nctaid.y", 1);
  expect("%nctaid.z", 1);
  expect("%laneid", 3);
  expect("%lanemask_eq", 8);
  expect("%lanemask_lt", 7);
  expect("%lanemask_le", 15);
  expect("%lanemask_ge", 0xFFFFFFF8);
  expect("%lanemask_gt", 0xFFFFFFF0);
}

}  // namespace
}  // namespace ptx_test
