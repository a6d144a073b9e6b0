// SPDX-License-Identifier: Apache-2.0
// What the parser tells of a module, and what it refuses: nothing that it does not know is skipped.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

/// The fault of a kernel with these lines; empty if it parses.
std::string refusal(const std::string& body, const std::string& top = "") {
  Snippet snippet(body);
  snippet.top = top;
  try {
    static_cast<void>(ptx::parse(text_of(snippet)));
  } catch (const ptx::Fault& fault) {
    return fault.what();
  }
  return {};
}

void expect_refused(const std::string& body) {
  const std::string text = refusal(body + ";");
  EXPECT_NE(text.find("`" + body + "`"), std::string::npos) << body << " gives: " << text;
}

TEST(Parse, DescribesTheModule) {
  const ptx::Module module = ptx::parse(R"(// a comment
.version 9.0
.target sm_90a, debug
.address_size 64
	.file 1 "some/file.cu"
.global .align 16 .b8 zeros[16];
.const .align 4 .u32 table[2] = {7, 0x10};
.extern .shared .align 16 .b8 dynamic[];
.visible .entry second(.param .u8 a, .param .align 8 .b8 b[24], .param .u64 .ptr .global .align 4 c)
.maxntid 256, 1, 1
.minnctapersm 3
{
  .reg .pred %p<3>;
  .reg .b32 %r<4>, %x;
  .shared .align 8 .b8 words[20];
  .shared .align 2 .b8 more[2];
  .local .align 8 .b8 __local_depot0[12];
  .loc 1 12 3, function_name $L__info_string0, inlined_at 1 5 7
$L__BB0_1: /* a
  comment of two lines */
  mov.u32 %r1,   %tid.x ;
  .pragma "nounroll";
  { .reg .b32 %r1; mov.u32 %r1, 3; }
  @!%p1 bra $L__BB0_1;
  ret;
}
.entry first() .reqntid 64 { ret; }
.section .debug_str { $L__info_string0: .b8 115 }
)");
  EXPECT_EQ(module.target, 90);
  ASSERT_EQ(module.kernels.size(), 2);
  const ptx::Kernel& kernel = module.kernels.at("second");
  ASSERT_EQ(kernel.parameters.size(), 3);
  EXPECT_EQ(kernel.parameters[0].offset, 0);
  EXPECT_EQ(kernel.parameters[1].offset, 8);
  EXPECT_EQ(kernel.parameters[1].size, 24);
  EXPECT_EQ(kernel.parameters[1].alignment, 8);
  EXPECT_EQ(kernel.parameters[2].offset, 32);
  EXPECT_EQ(kernel.parameter_bytes, 40);
  EXPECT_EQ(kernel.shared_bytes, 22);
  EXPECT_EQ(kernel.local_bytes, 12);
  EXPECT_EQ(kernel.most_threads, 256);
  EXPECT_FALSE(kernel.exact_threads);
  EXPECT_EQ(kernel.registers, 3 + 5 + 1);
  ASSERT_EQ(kernel.instructions.size(), 4);
  EXPECT_EQ(kernel.instructions[0].text, "mov.u32 %r1, %tid.x");
  EXPECT_EQ(kernel.instructions[0].line, 21);
  EXPECT_EQ(kernel.instructions[2].text, "@!%p1 bra $L__BB0_1");
  EXPECT_TRUE(module.kernels.at("first").exact_threads);
  EXPECT_EQ(module.kernels.at("first").most_threads, 64);

  const ptx::Range zeros = module.variables.at("zeros").range;
  EXPECT_EQ(zeros.end - zeros.begin, 16);
  EXPECT_EQ(zeros.begin % 16, 0);
  EXPECT_TRUE(zeros.writable);
  const ptx::Range table = module.variables.at("table").range;
  EXPECT_FALSE(table.writable);
  EXPECT_EQ(reinterpret_cast<const std::uint32_t*>(table.begin)[1], 16);
}

TEST(Parse, InnerRegistersHideOuterOnes) {
  Snippet snippet("mov.u32 %r2, 1; { .reg .b32 %r2; mov.u32 %r2, 9; } st.global.u32 [%out], %r2;");
  EXPECT_EQ(snippet.run()[0], 1);
}

TEST(Parse, RefusesUnknownOpcodes) {
  expect_refused("frobnicate.u32 %r1, %r2");
  expect_refused("add.u8 %h1, %h2, %h3");
  expect_refused("sin.approx.f32 %f1, %f2");
}

TEST(Parse, RefusesModifiersThatItDoesNotImplement) {
  for (const char* const body : {"add.ftz.f32 %f1, %f2, %f3",
                                 "add.sat.f32 %f1, %f2, %f3",
                                 "add.rz.f32 %f1, %f2, %f3",
                                 "add.sat.s32 %r1, %r2, %r3",
                                 "div.approx.f32 %f1, %f2, %f3",
                                 "div.full.f32 %f1, %f2, %f3",
                                 "fma.rn.ftz.f32 %f1, %f2, %f3, %f4",
                                 "cvt.sat.u32.s64 %r1, %d1",
                                 "cvt.rn.relu.f16.f32 %h1, %f1",
                                 "cvt.rni.s32.f32 %r1, %f1",
                                 "cvt.f32.s32 %f1, %r1",
                                 "setp.lt.and.s32 %p1, %r1, %r2, %p2",
                                 "setp.lo.s32 %p1, %r1, %r2",
                                 "setp.lt.ftz.f32 %p1, %f1, %f2",
                                 "mul.lo.wide.u32 %d1, %r1, %r2",
                                 "shl.wrap.b32 %r1, %r2, %r3",
                                 "bfind.shiftamt.b32 %r1, %r2",
                                 "ld.global.u32.v2 {%r1, %r2}, [%in]",
                                 "ld.global.u32.cs %r1, [%in]",
                                 "ld.global.nc.unified.u32 %r1, [%in]",
                                 "ld.shared.nc.u32 %r1, [%r2]",
                                 "ld.global.L2::cache_hint.u32 %r1, [%in], %d1",
                                 "ld.global.v8.b32 {%r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8}, [%in]",
                                 "st.global.nc.u32 [%in], %r1",
                                 "st.async.u32 [%in], %r1",
                                 "atom.global.add.f32 %f1, [%in], %f2",
                                 "atom.add.noftz.f16 %h1, [%in], %h2",
                                 "red.global.exch.b32 [%in], %r1",
                                 "vote.all.pred %p1, %p2",
                                 "shfl.idx.b32 %r1, %r2, %r3, %r4",
                                 "match.all.sync.b32 %r1|%p1, %r2, -1",
                                 "redux.sync.add.f32 %r1, %r2, -1",
                                 "bar.arrive 0, 64",
                                 "bar.red.xor.pred %p1, 0, %p2",
                                 "barrier.cluster.arrive",
                                 "bra.conv L",
                                 "cp.async.ca.global.shared [%in], [%r1], 4",
                                 "cp.async.ca.shared.global.L2::cache_hint [%r1], [%in], 4, %d1",
                                 "cp.async.mbarrier.arrive.shared.b64 [%r1]",
                                 "griddepcontrol.other",
                                 "cvta.u64 %d1, %d2",
                                 "prmt.b32.f5e %r1, %r2, %r3, %r4",
                                 "mov.b128 %d1, {%d2, %d3}",
                                 "activemask.b64 %d1"}) {
    expect_refused(body);
  }
}

TEST(Parse, RefusesOperandsThatDoNotFit) {
  for (const char* const body : {"add.u32 %r1, %r2",
                                 "add.u32 %r1, %r2, %r3, %r4",
                                 "add.u32 %r1, %r2, %d3",
                                 "add.u32 %d1, %r2, %r3",
                                 "add.u32 %r1, %r2, %unknown",
                                 "add.u32 5, %r2, %r3",
                                 "add.u32 %tid.x, %r2, %r3",
                                 "add.u64 %d1, %d2, 0f3F800000",
                                 "add.f32 %f1, %f2, 1",
                                 "add.f32 %f1, %f2, 0f3F8",
                                 "add.f32 %f1, %f2, 0d3FF0000000000000",
                                 "add.u32 %r1, %r2, [%r3]",
                                 "add.u32 %r1, %r2, 4294967296",
                                 "add.s32 %r1, %r2, -2147483649",
                                 "mov.u16 %h1, 65536",
                                 "add.u32 %r1, %r2, !%r3",
                                 "and.pred %p1, %p2, !%p3",
                                 "selp.b32 %r1, %r2, %r3, %r4",
                                 "@%r1 ret",
                                 "@%p99 ret",
                                 "ld.global.u32 %h1, [%in]",
                                 "ld.global.v2.u32 %r1, [%in]",
                                 "ld.global.v2.u32 {%r1, %r2, %r3}, [%in]",
                                 "ld.global.u32 {%r1}, [%in]",
                                 "ld.global.u32 %r1, %in",
                                 "ld.shared.u32 %r1, [in]",
                                 "ld.u32 %r1, [in]",
                                 "mov.u16 %h1, in",
                                 "mov.b64 {%r1, %h1}, %d1",
                                 "mov.b32 {%r1, %r2}, %d1",
                                 "shfl.sync.idx.b32 %r1, %r2, %r3, %r4",
                                 "bar.sync 1",
                                 "bar.sync 0, 32",
                                 "bar.sync %r1",
                                 "cp.async.cg.shared.global [%r1], [%in], 8",
                                 "cp.async.ca.shared.global [%r1], [%in], %r2",
                                 "cp.async.wait_group %r1"}) {
    expect_refused(body);
  }
}

TEST(Parse, RefusesWhatStandsOutsideOfInstructions) {
  EXPECT_NE(refusal("", ".func helper() { ret; }\n").find("got '.func'"), std::string::npos);
  EXPECT_NE(refusal("", ".global .texref t;\n").find("'.texref'"), std::string::npos);
  EXPECT_NE(refusal("", ".global .u32 x = y;\n").find("got 'y', expected a number"),
            std::string::npos);
  EXPECT_NE(refusal("", ".global .u32 x = {1, 2};\n").find("no more values"), std::string::npos);
  EXPECT_NE(refusal(".reg .b128 %q;").find("'.b128'"), std::string::npos);
  EXPECT_NE(refusal("mov.u32 %r1, 1 mov.u32 %r2, 2;").find("expected ';'"), std::string::npos);
  EXPECT_NE(refusal("ret; .shared .b8 late[4];").find("before the first instruction"),
            std::string::npos);
  EXPECT_NE(refusal("bra NOWHERE;").find("the label NOWHERE"), std::string::npos);
}

TEST(Parse, CanLeaveInstructionsUntilTheyAreAskedFor) {
  const std::string text = R"(.version 9.0
.target sm_90
.global .align 4 .b8 word[4];
.visible .entry wrong(.param .u64 a)
.maxntid 32
{
  .shared .align 4 .b8 words[20];
  frobnicate.b32 {%r1, %r2};
}
.entry right() { .reg .b32 %r<2>; { mov.u32 %r1, 7; } ret; }
)";
  ptx::LazyModule module(text);
  EXPECT_EQ(module.variables().size(), 1);
  EXPECT_EQ(module.head("none"), nullptr);
  ASSERT_NE(module.head("wrong"), nullptr);
  EXPECT_EQ(module.head("wrong")->parameter_bytes, 8);
  EXPECT_EQ(module.head("wrong")->most_threads, 32);
  EXPECT_EQ(module.head("wrong")->shared_bytes, 20);
  ASSERT_NE(module.head("right"), nullptr);
  EXPECT_TRUE(module.head("right")->instructions.empty());
  ASSERT_NE(module.kernel("right"), nullptr);
  EXPECT_EQ(module.kernel("right")->instructions.size(), 2);
  EXPECT_EQ(module.head("right"), module.kernel("right"));
  EXPECT_EQ(module.kernel("none"), nullptr);
  EXPECT_THROW(static_cast<void>(module.kernel("wrong")), ptx::Fault);
  EXPECT_THROW(static_cast<void>(ptx::parse(text)), ptx::Fault);
}

std::string refusal_of_text(const std::string& text) {
  try {
    static_cast<void>(ptx::parse(text));
  } catch (const ptx::Fault& fault) {
    return fault.what();
  }
  return {};
}

TEST(Parse, RefusesTextThatEndsEarly) {
  EXPECT_NE(refusal_of_text(".entry k() { ret;").find("the end of the text"), std::string::npos);
  EXPECT_NE(refusal_of_text(".entry k(").find("the end of the text"), std::string::npos);
  EXPECT_NE(refusal_of_text(".section .debug {").find("the end of the text"), std::string::npos);
  EXPECT_NE(refusal_of_text(".entry k() .cluster 1 { ret; }").find(".cluster"), std::string::npos);
  EXPECT_NE(
      refusal_of_text(".entry k() { .reg .b32 %r1; mov.u32 %r1, 1; }").find("goes on to nowhere"),
      std::string::npos);
}

}  // namespace
}  // namespace ptx_test
