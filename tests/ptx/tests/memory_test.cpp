// SPDX-License-Identifier: Apache-2.0
// Loads and stores: types, vectors, address spaces, cache hints.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

std::vector<std::uint32_t> run(const std::string& body, std::vector<std::uint32_t> input = {}) {
  Snippet snippet(body);
  snippet.threads = 1;
  snippet.input = std::move(input);
  return snippet.run();
}

TEST(Memory, NarrowLoadsFillTheirRegister) {
  const auto load = [](const std::string& type) {
    return run("ld.global." + type + " %r2, [%in]; st.global.u32 [%out], %r2;", {0xFFFE8091})[0];
  };
  EXPECT_EQ(load("u8"), 0x91);
  EXPECT_EQ(load("b8"), 0x91);
  EXPECT_EQ(load("s8"), 0xFFFFFF91);
  EXPECT_EQ(load("u16"), 0x8091);
  EXPECT_EQ(load("b16"), 0x8091);
  EXPECT_EQ(load("s16"), 0xFFFF8091);
  EXPECT_EQ(load("u32"), 0xFFFE8091);
  EXPECT_EQ(
      run("ld.global.s8 %h1, [%in]; mov.b32 %r2, {%h1, 0}; st.global.u32 [%out], %r2;", {0x80})[0],
      0xFF80);
  EXPECT_EQ(run("ld.global.s32 %d1, [%in]; shr.u64 %d1, %d1, 32; cvt.u32.u64 %r2, %d1;"
                "st.global.u32 [%out], %r2;",
                {0x80000000})[0],
            0xFFFFFFFF);
}

TEST(Memory, NarrowStoresWriteTheLowBytes) {
  EXPECT_EQ(run("mov.u32 %r2, 0x12345678; st.global.u8 [%out+1], %r2;")[0], 0xCDCD78CD);
  EXPECT_EQ(run("mov.u32 %r2, 0x12345678; st.global.u16 [%out+2], %r2;")[0], 0x5678CDCD);
  EXPECT_EQ(run("mov.u64 %d1, 0x12345678; st.global.u32 [%out], %d1;")[0], 0x12345678);
}

TEST(Memory, VectorsKeepTheirOrder) {
  const std::vector<std::uint32_t> input{1, 20, 300, 4000};
  EXPECT_EQ(run("ld.global.v2.u32 {%r2, %r3}, [%in+8]; sub.s32 %r2, %r3, %r2;"
                "st.global.u32 [%out], %r2;",
                input)[0],
            3700);
  EXPECT_EQ(run("ld.global.nc.v4.u32 {%r2, %r3, %r4, %r5}, [%in]; mad.lo.s32 %r2, %r2, %r3, %r5;"
                "sub.s32 %r2, %r2, %r4; st.global.u32 [%out], %r2;",
                input)[0],
            20 + 4000 - 300);
  EXPECT_EQ(run("ld.global.v2.u8 {%h1, %h2}, [%in]; mov.b32 %r2, {%h2, %h1};"
                "st.global.u32 [%out], %r2;",
                {0x8007})[0],
            0x00070080);
  EXPECT_EQ(run("mov.b16 %h1, 5; mov.b16 %h2, 6; st.global.v2.b16 [%out], {%h2, %h1};")[0],
            0x00050006);
}

TEST(Memory, EveryHintIsAccepted) {
  for (const char* const hint :
       {"ld.global", "ld.volatile.global", "ld.weak.global", "ld.relaxed.gpu.global",
        "ld.acquire.sys.global", "ld.global.ca", "ld.global.cg", "ld.global.cs", "ld.global.lu",
        "ld.global.cv", "ld.global.nc", "ld.global.cg.nc", "ld.global.nc.L1::no_allocate",
        "ld.global.nc.L1::evict_last.L2::128B", "ld.global.L1::evict_first", "ld"}) {
    EXPECT_EQ(run(std::string(hint) + ".u32 %r2, [%in]; st.global.u32 [%out], %r2;", {17})[0], 17)
        << hint;
  }
  for (const char* const hint :
       {"st.global", "st.volatile.global", "st.relaxed.gpu.global", "st.release.gpu.global",
        "st.global.wb", "st.global.cg", "st.global.cs", "st.global.wt", "st.global.L1::no_allocate",
        "st"}) {
    EXPECT_EQ(run("mov.u32 %r2, 18;" + std::string(hint) + ".u32 [%out], %r2;")[0], 18) << hint;
  }
}

TEST(Memory, SharedAndLocalMemoryHaveGenericAddresses) {
  Snippet snippet(
      "mul.lo.s32 %r3, %t, 4; mov.u32 %r4, words; add.s32 %r4, %r4, %r3; st.shared.u32 [%r4], %t;"
      "mov.u64 %d1, words; cvta.shared.u64 %d1, %d1; mul.wide.u32 %d2, %t, 4;"
      "add.s64 %d2, %d1, %d2; ld.u32 %r2, [%d2]; cvta.to.shared.u64 %d3, %d2;"
      "ld.shared.u32 %r5, [%d3]; add.s32 %r2, %r2, %r5;"
      "mov.u64 %d4, mine; st.local.u32 [%d4+4], %r2; cvta.local.u64 %d4, %d4;"
      "ld.u32 %r6, [%d4+4]; cvta.to.local.u64 %d4, %d4; ld.local.u32 %r7, [%d4+4];"
      "add.s32 %r6, %r6, %r7; st.global.u32 [%out], %r6;");
  snippet.declarations = ".shared .align 4 .b8 words[128]; .local .align 8 .b8 mine[8];";
  const std::vector<std::uint32_t> results = snippet.run();
  for (std::uint32_t i = 0; i < 32; ++i) {
    EXPECT_EQ(results[i], 4 * i);
  }
}

TEST(Memory, SharedMemoryStartsAsPoisonInEveryBlock) {
  Snippet snippet("ld.shared.u32 %r2, [word]; st.shared.u32 [word], 5; st.global.u32 [%out], %r2;");
  snippet.declarations = ".shared .align 4 .b8 word[4];";
  snippet.threads = 1;
  snippet.blocks = 2;
  EXPECT_EQ(snippet.run(), (std::vector<std::uint32_t>{0xFFFFFFFF, 0xFFFFFFFF}));
}

TEST(Memory, DynamicSharedMemoryComesBehindTheStaticOne) {
  Snippet snippet(
      "mov.u32 %r2, dynamic; mov.u32 %r3, 7; st.shared.u32 [%r2+12], %r3;"
      "ld.shared.u32 %r4, [dynamic+12]; st.global.u32 [%out], %r4;");
  snippet.top = ".extern .shared .align 16 .b8 dynamic[];\n";
  snippet.declarations = ".shared .align 4 .b8 own[4];";
  snippet.dynamic_shared = 16;
  EXPECT_EQ(snippet.run()[0], 7);
}

TEST(Memory, SharedMemoryOfTheModuleIsOfTheKernelsThatNameIt) {
  Snippet snippet(
      "mov.u32 %r2, 7; st.shared.u32 [used+4], %r2; ld.shared.u32 %r3, [used+4];"
      "st.global.u32 [%out], %r3;");
  snippet.top = ".weak .shared .align 4 .b8 used[8];\n.shared .align 4 .b8 unused[1000];\n";
  EXPECT_EQ(snippet.run()[0], 7);
  EXPECT_EQ(ptx::parse(text_of(snippet)).kernels.begin()->second.shared_bytes, 8);
  snippet.body = "st.shared.u32 [used+8], %t;";
  EXPECT_NE(snippet.fault(), "");
}

TEST(Memory, VariablesOfTheModule) {
  Snippet snippet(
      "ld.global.u32 %r2, [counter]; ld.const.u16 %h1, [table+2]; cvt.u32.u16 %r3, %h1;"
      "add.s32 %r2, %r2, %r3; mov.u64 %d1, table; cvta.const.u64 %d1, %d1; ld.u16 %h2, [%d1];"
      "cvt.u32.u16 %r3, %h2; add.s32 %r2, %r2, %r3; ld.global.f32 %f1, [ones+4];"
      "cvt.rzi.u32.f32 %r3, %f1; add.s32 %r2, %r2, %r3; st.global.u32 [%out], %r2;");
  snippet.top =
      ".visible .global .align 4 .u32 counter = 1000;\n.const .align 2 .b8 table[4] = {1, 1, 5};\n"
      ".global .f32 ones[2] = {0f00000000, 0f42C80000};\n";
  EXPECT_EQ(snippet.run()[0], 1000 + 5 + 257 + 100);
}

TEST(Memory, ParametersHaveGenericAddresses) {
  EXPECT_EQ(
      run("mov.b64 %d1, out; cvta.param.u64 %d2, %d1; ld.u64 %d3, [%d2]; ld.param.u64 %d4, [%d1];"
          "st.global.u32 [%d3], 3; st.global.u8 [%d4+3], 9;")[0],
      0x09000003);
}

TEST(Memory, AddressesOf32BitsWrapAround) {
  Snippet snippet(
      "mov.u32 %r2, -4; st.shared.u32 [%r2+4], 6; ld.shared.u32 %r3, [word];"
      "st.global.u32 [%out], %r3;");
  snippet.declarations = ".shared .align 4 .b8 word[4];";
  EXPECT_EQ(snippet.run()[0], 6);
}

}  // namespace
}  // namespace ptx_test
