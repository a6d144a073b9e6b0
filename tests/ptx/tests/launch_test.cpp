// SPDX-License-Identifier: Apache-2.0
// What a launch checks before it starts, and what it tells afterwards.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

ptx::Kernel kernel_of(const std::string& text) {
  return ptx::parse(text).kernels.begin()->second;
}

std::string refusal(const ptx::Kernel& kernel, const ptx::Launch& launch) {
  try {
    ptx::run(kernel, launch);
  } catch (const ptx::Fault& fault) {
    return fault.what();
  }
  return {};
}

TEST(Launch, RefusesSizesThatTheKernelDoesNotTake) {
  const ptx::Kernel plain = kernel_of(".entry k() { ret; }");
  ptx::Launch launch;
  launch.block.x = 1025;
  EXPECT_NE(refusal(plain, launch).find("got 1025 threads a block, expected at most 1024"),
            std::string::npos);
  launch.block.x = 1024;
  EXPECT_EQ(refusal(plain, launch), "");
  EXPECT_NE(refusal(kernel_of(".entry k() .maxntid 64 { ret; }"), launch).find("at most 64"),
            std::string::npos);
  EXPECT_NE(refusal(kernel_of(".entry k() .reqntid 64 { ret; }"), {}).find("exactly 64"),
            std::string::npos);
  EXPECT_NE(refusal(kernel_of(".entry k(.param .u64 a) { ret; }"), {})
                .find("got 0 bytes of parameters, expected 8"),
            std::string::npos);
  launch.dynamic_shared = 227 * 1024 + 1;
  EXPECT_NE(refusal(plain, launch).find("bytes of shared memory"), std::string::npos);
}

TEST(Launch, RefusesSizesOfSeveralDimensions) {
  const ptx::Kernel plain = kernel_of(".entry k() { ret; }");
  ptx::Launch launch;
  launch.grid = {2, 2, 1};
  EXPECT_NE(refusal(plain, launch).find("a grid of 2 x 2 x 1"), std::string::npos);
  launch.grid = {0, 1, 1};
  EXPECT_NE(refusal(plain, launch).find("a grid of 0 x 1 x 1"), std::string::npos);
  launch.grid = {};
  launch.block = {32, 1, 2};
  EXPECT_NE(refusal(plain, launch).find("blocks of 32 x 1 x 2"), std::string::npos);
  launch.block = {0, 1, 1};
  EXPECT_NE(refusal(plain, launch).find("blocks of 0 x 1 x 1"), std::string::npos);
}

TEST(Launch, CountsWhatRan) {
  const ptx::Kernel kernel = kernel_of(R"(.entry k() {
    .reg .pred %p; .reg .b32 %r;
    mov.u32 %r, %tid.x;
    setp.lt.u32 %p, %r, 8;
    @%p mov.u32 %r, 5;
    setp.gt.u32 %p, %r, 99;
    @%p mov.u32 %r, 6;
    ret; })");
  std::vector<std::uint64_t> executions(kernel.instructions.size(), 10);
  ptx::Launch launch;
  launch.grid.x = 3;
  launch.block.x = 64;
  launch.executions = executions;
  const ptx::Outcome outcome = ptx::run(kernel, launch);
  const std::vector<std::uint64_t> expected{16, 16, 13, 16, 10, 16};
  EXPECT_EQ(executions, expected) << "added to what was there, once for a warp that does something";
  EXPECT_EQ(outcome.warp_instructions, 6 * 2 * 3);
  EXPECT_EQ(outcome.lane_instructions, 3 * (64 * 4 + 8));
  executions.pop_back();
  launch.executions = executions;
  EXPECT_NE(refusal(kernel, launch).find("one for each of the 6 instructions"), std::string::npos);
}

TEST(Launch, TheModulesTextAndTheModuleMayGo) {
  ptx::Kernel kernel;
  {
    const std::string text =
        ".global .u32 x = 7; .entry k() { .reg .b32 %r<2>; ld.global.u32 %r1, [x];"
        "st.global.u32 [x], %r1; ret; }";
    kernel = kernel_of(text);
  }
  EXPECT_EQ(refusal(kernel, {}), "");
}

}  // namespace
}  // namespace ptx_test
