// SPDX-License-Identifier: Apache-2.0
// Kernels that overlap the kernel before them: what they may touch before griddepcontrol.wait.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

const char* const kRead = "ld.global.u32 %r2, [%out];";
const char* const kWait = "griddepcontrol.wait;";

/// The fault of a kernel before which another wrote the result of thread 3.
std::string fault_of(const std::string& body, bool throughout = false) {
  Snippet snippet(body);
  ptx::Pending pending;
  (throughout ? pending.throughout : pending.until_wait).add(snippet.out() + 3 * 4, 4);
  snippet.pending = &pending;
  return snippet.fault();
}

TEST(Dependents, ReadTheResultsBeforeThemOnlyAfterTheWait) {
  const std::string early = fault_of(kRead);
  EXPECT_NE(early.find("thread 3 "), std::string::npos) << early;
  EXPECT_NE(early.find("which the kernel before this one writes; expected a griddepcontrol.wait"),
            std::string::npos);
  EXPECT_EQ(fault_of(std::string(kWait) + kRead), "");
  EXPECT_NE(fault_of("st.global.u32 [%out], 1;"), "");
  EXPECT_NE(fault_of("setp.ne.s32 %p1, %t, 3; @%p1 griddepcontrol.wait;" + std::string(kRead)), "")
      << "each thread waits for itself";
  EXPECT_EQ(fault_of("setp.eq.s32 %p1, %t, 3; @%p1 griddepcontrol.wait;" + std::string(kRead)), "");
}

TEST(Dependents, NeverReadWhatTheWaitDoesNotWaitFor) {
  EXPECT_NE(fault_of(std::string(kWait) + kRead, true).find("that may still run"),
            std::string::npos);
}

TEST(Dependents, WaitsAndTriggersAreCounted) {
  Snippet snippet(
      "griddepcontrol.launch_dependents; setp.lt.s32 %p1, %t, 5; @%p1 griddepcontrol.wait;");
  snippet.run();
  EXPECT_EQ(snippet.outcome.triggers, 32);
  EXPECT_EQ(snippet.outcome.waits, 5);
}

TEST(Dependents, WhatALaunchWritesIsRecorded) {
  Snippet snippet(
      "setp.ge.s32 %p1, %t, 2; @%p1 ret; st.global.u16 [%out], 1; atom.global.add.u32 %r2, [%in], "
      "1;");
  snippet.input = {0, 0};
  ptx::Written written;
  snippet.written = &written;
  snippet.run();
  const ptx::Address out = snippet.out();
  EXPECT_TRUE(written.overlaps(out + 1, 1));
  EXPECT_FALSE(written.overlaps(out + 2, 2));
  EXPECT_TRUE(written.overlaps(out + 2, 3));
  EXPECT_FALSE(written.overlaps(out + 6, 100));
  const auto in = reinterpret_cast<ptx::Address>(snippet.input.data());
  EXPECT_TRUE(written.overlaps(in, 4));
  EXPECT_FALSE(written.overlaps(in + 4, 4));
}

TEST(Written, KnowsItsBytesAcrossPages) {
  ptx::Written written;
  EXPECT_TRUE(written.empty());
  written.add(4096 - 8, 16);
  written.add(100 * 4096 + 63, 2);
  EXPECT_FALSE(written.empty());
  EXPECT_FALSE(written.overlaps(0, 4096 - 8));
  EXPECT_TRUE(written.overlaps(4096 - 1, 1));
  EXPECT_TRUE(written.overlaps(4096 + 7, 1));
  EXPECT_FALSE(written.overlaps(4096 + 8, 4096 * 50));
  EXPECT_TRUE(written.overlaps(100 * 4096 + 64, 1));
  EXPECT_FALSE(written.overlaps(100 * 4096 + 65, 1));
  EXPECT_TRUE(written.overlaps(0, std::size_t{200} * 4096));
  EXPECT_FALSE(written.overlaps(4096, 0));

  ptx::Written other(written);
  other.add(5000, 1);
  EXPECT_TRUE(other.overlaps(5000, 1));
  EXPECT_FALSE(written.overlaps(5000, 1)) << "a copy is a set of its own";
  written.add(other);
  EXPECT_TRUE(written.overlaps(5000, 1));
}

ptx::Written one(ptx::Address address) {
  ptx::Written written;
  written.add(address, 1);
  return written;
}

// A writes byte 1, B byte 2, C byte 3; each overlaps the one before.
TEST(Pending, AKernelThatWaitedVouchesForTheOnesBefore) {
  ptx::Pending pending = ptx::Pending().after(one(1), true);
  EXPECT_TRUE(pending.until_wait.overlaps(1, 1));
  pending = std::move(pending).after(one(2), true);
  EXPECT_TRUE(pending.until_wait.overlaps(1, 1)) << "A may still run when C starts";
  EXPECT_TRUE(pending.until_wait.overlaps(2, 1));
  EXPECT_TRUE(pending.throughout.empty()) << "after its wait, C may read both";
}

TEST(Pending, AKernelThatNeverWaitedVouchesForNothing) {
  ptx::Pending pending = ptx::Pending().after(one(1), true);
  pending = std::move(pending).after(one(2), false);
  EXPECT_TRUE(pending.throughout.overlaps(1, 1)) << "B may be over while A runs";
  EXPECT_FALSE(pending.until_wait.overlaps(1, 1));
  EXPECT_TRUE(pending.until_wait.overlaps(2, 1));
  pending = std::move(pending).after(one(3), true);
  EXPECT_TRUE(pending.throughout.overlaps(1, 1)) << "nobody has waited for A";
  EXPECT_TRUE(pending.until_wait.overlaps(2, 1));
}

}  // namespace
}  // namespace ptx_test
