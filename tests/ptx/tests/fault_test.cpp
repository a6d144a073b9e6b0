// SPDX-License-Identifier: Apache-2.0
// What a thread may not do. Each fault says where it happened, what was got and what was expected.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

void expect_fault(const Snippet& snippet, std::initializer_list<const char*> parts) {
  Snippet copy = snippet;
  const std::string text = copy.fault();
  EXPECT_FALSE(text.empty()) << snippet.body;
  for (const char* const part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' in: " << text;
  }
}

Snippet with_input(const std::string& body) {
  Snippet snippet(body);
  snippet.input = {1, 2, 3};
  return snippet;
}

TEST(Fault, SaysWhere) {
  Snippet snippet("setp.ne.s32 %p1, %t, 37; @%p1 ret;\n ld.global.u32   %r2, [%in+12];");
  snippet.input = {1, 2, 3};
  snippet.threads = 64;
  snippet.blocks = 2;
  expect_fault(snippet, {"kernel k, PTX line ", "`ld.global.u32 %r2, [%in+12]`",
                         "block 0, thread 37 (warp 1, lane 5)", "reads 4 bytes", "expected"});
}

TEST(Fault, OutsideOfAllocations) {
  expect_fault(with_input("ld.global.u32 %r2, [%in+12];"), {"reads 4 bytes", "live allocation"});
  expect_fault(with_input("ld.global.u32 %r2, [%in-4];"), {"reads 4 bytes"});
  expect_fault(with_input("st.global.u32 [%in+12], 1;"), {"writes 4 bytes"});
  expect_fault(with_input("ld.u32 %r2, [%in+12];"), {"reads 4 bytes at generic address"});
  expect_fault(with_input("atom.global.add.u32 %r2, [%in+12], 1;"), {"writes 4 bytes"});
  expect_fault(with_input("mov.u64 %d1, 0; ld.global.u8 %r2, [%d1];"), {"reads 1 byte at", "0x0"});
}

TEST(Fault, AcrossTheEndOfAnAllocation) {
  Snippet snippet(
      "and.b64 %d1, %in, 7; sub.s64 %d1, %in, %d1; ld.global.v4.u32 {%r2,%r3,%r4,%r5}, [%in];");
  snippet.input = {1, 2, 3};
  const std::string text = snippet.fault();
  EXPECT_TRUE(text.find("of which the last lie outside; expected all within the 12 bytes") !=
                  std::string::npos ||
              text.find("expected a multiple of 16") != std::string::npos)
      << text;
}

TEST(Fault, Misaligned) {
  expect_fault(with_input("ld.global.u32 %r2, [%in+2];"), {"expected a multiple of 4"});
  expect_fault(with_input("ld.global.u16 %r2, [%in+1];"), {"expected a multiple of 2"});
  expect_fault(with_input("st.global.v2.u32 [%out+4], {%r2, %r3};"), {"expected a multiple of 8"});
  Snippet shared("ld.shared.v4.u32 {%r2, %r3, %r4, %r5}, [words+8];");
  shared.declarations = ".shared .align 16 .b8 words[64];";
  expect_fault(shared, {"expected a multiple of 16"});
}

TEST(Fault, OutsideOfSharedVariables) {
  Snippet snippet("mov.u32 %r2, first; st.shared.u8 [%r2+10], 1;");
  snippet.declarations = ".shared .align 1 .b8 first[10]; .shared .align 1 .b8 second[10];";
  expect_fault(snippet, {"writes 1 byte at shared address 0xa"});
  snippet.body = "mov.u32 %r2, second; ld.shared.u8 %r3, [%r2-1];";
  expect_fault(snippet, {"reads 1 byte at shared address"});
  snippet.body = "mov.u32 %r2, second; ld.shared.u8 %r3, [%r2+10];";
  expect_fault(snippet, {"reads 1 byte at shared address"});
  snippet.body = "mov.u32 %r2, second; ld.shared.u8 %r3, [%r2+9];";
  EXPECT_EQ(snippet.fault(), "");
}

TEST(Fault, OutsideOfDynamicSharedMemory) {
  Snippet snippet("mov.u32 %r2, 1; st.shared.u32 [dynamic+8], %r2;");
  snippet.top = ".extern .shared .align 16 .b8 dynamic[];\n";
  snippet.dynamic_shared = 8;
  expect_fault(snippet, {"writes 4 bytes at shared address"});
  snippet.dynamic_shared = 12;
  EXPECT_EQ(snippet.fault(), "");
}

TEST(Fault, OutsideOfLocalAndParameterMemory) {
  Snippet snippet("mov.u64 %d1, mine; st.local.u32 [%d1+8], %t;");
  snippet.declarations = ".local .align 8 .b8 mine[8];";
  expect_fault(snippet, {"writes 4 bytes at local address 0x8"});
  snippet.body = "ld.param.u64 %d1, [out+8];";
  expect_fault(snippet, {"reads 8 bytes at parameter address 0x10"});
  snippet.body = "mov.b64 %d1, in; cvta.param.u64 %d1, %d1; st.u32 [%d1], 1;";
  expect_fault(snippet, {"writes 4 bytes", "which kernels may not write"});
}

TEST(Fault, OutsideOfVariables) {
  Snippet snippet("ld.global.u8 %r2, [values+3];");
  snippet.top = ".global .align 4 .b8 values[3] = {1, 2, 3};\n.const .u32 fixed = 5;\n";
  expect_fault(snippet, {"reads 1 byte at global address"});
  snippet.body = "mov.u64 %d1, fixed; cvta.const.u64 %d1, %d1; st.u32 [%d1], 1;";
  expect_fault(snippet, {"which kernels may not write"});
  snippet.body = "mov.u64 %d1, values; ld.const.u8 %r2, [%d1];";
  expect_fault(snippet, {"expected a variable in constant memory"});
}

TEST(Fault, AnAddressOfAnotherSpace) {
  Snippet snippet("mov.u64 %d1, word; cvta.shared.u64 %d1, %d1; ld.global.u32 %r2, [%d1];");
  snippet.declarations = ".shared .align 4 .b8 word[4];";
  expect_fault(snippet, {"which is an address of shared memory"});
}

TEST(Fault, DivergentBarrier) {
  expect_fault(Snippet("setp.lt.s32 %p1, %t, 7; @%p1 bra A; bar.sync 0; bra B; A: bar.sync 0; B:"),
               {"divergent barrier", "expected all of them at one barrier"});
  Snippet warps(
      "setp.lt.s32 %p1, %t, 32; @%p1 bra A; bar.sync 0; bra B;"
      "A: bar.red.or.pred %p2, 0, %p1; B:");
  warps.threads = 64;
  expect_fault(warps, {"waits at another kind of barrier"});
}

TEST(Fault, LanesThatWaitForEver) {
  const std::string low = "setp.lt.s32 %p1, %t, 16; @%p1 bra A;";
  expect_fault(Snippet(low + "bar.sync 0; bra B; A: bar.warp.sync -1; B:"),
               {"deadlock: waits with the mask 0xffffffff", "lanes 0xffff0000 at PTX line",
                "a barrier of the block"});
  expect_fault(Snippet(low + "\nvote.sync.ballot.b32 %r2, %p1, -1; bra B; A: bar.warp.sync -1; B:"),
               {"deadlock", "thread 16", "lanes 0xffff at PTX line"});
  expect_fault(Snippet("setp.lt.s32 %p1, %t, 16; selp.b32 %r2, -2, -1, %p1; setp.eq.s32 %p1, %t, 0;"
                       "selp.b32 %r2, -1, %r2, %p1; bar.warp.sync %r2;"),
               {"deadlock", "with the mask 0xfffffffe"});
}

TEST(Fault, AMaskWithoutTheLane) {
  expect_fault(Snippet("bar.warp.sync 0xFFFF;"), {"thread 16", "does not name the lane itself"});
}

TEST(Fault, AShuffleFromALaneThatTakesNoPart) {
  expect_fault(Snippet("setp.ge.s32 %p1, %t, 4; @%p1 ret; shfl.sync.idx.b32 %r2, %t, 4, 31, -1;"),
               {"reads lane 4, which does not take part"});
  expect_fault(
      Snippet("setp.ge.s32 %p1, %t, 4; @%p1 bra END; shfl.sync.bfly.b32 %r2, %t, 8, 31, 15; END:"),
      {"reads lane 8, which does not take part"});
}

TEST(Fault, ALaunchThatDoesNotEnd) {
  expect_fault(Snippet("LOOP: bra LOOP;"), {"has run 100000 warp instructions"});
}

TEST(Fault, ADivisionByZero) {
  expect_fault(Snippet("sub.s32 %r2, %t, 9; rem.u32 %r3, %t, %r2;"),
               {"thread 9 ", "divides by zero"});
}

TEST(Fault, ATrap) {
  expect_fault(Snippet("trap;"), {"`trap`", "the kernel gives up"});
}

}  // namespace
}  // namespace ptx_test
