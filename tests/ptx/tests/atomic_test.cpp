// SPDX-License-Identifier: Apache-2.0
// atom and red in shared and global memory.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

struct Result {
  std::uint64_t old = 0;
  std::uint64_t now = 0;

  bool operator==(const Result&) const = default;
};

/// One operation by one thread on a word that holds `start`.
Result apply(const std::string& operation, unsigned width, std::uint64_t start,
             const std::string& operands) {
  const std::string word = width == 4 ? "%r2" : "%d1";
  Snippet snippet("mov.b64 %d2, " + std::to_string(start) + "; st.shared.b64 [word], %d2;" +
                  "atom.shared." + operation + " " + word + ", [word], " + operands + ";" +
                  (width == 4 ? "cvt.u64.u32 %d1, %r2; ld.shared.u32 %d2, [word];"
                              : "ld.shared.u64 %d2, [word];") +
                  "mov.b64 {%r4, %r5}, %d1; mov.b64 {%r6, %r7}, %d2;"
                  "sub.s64 %out, %out, %place; setp.eq.s32 %p1, %t, 0; @!%p1 ret;"
                  "st.global.u32 [%out], %r4; st.global.u32 [%out+4], %r5;"
                  "st.global.u32 [%out+8], %r6; st.global.u32 [%out+12], %r7;");
  snippet.declarations = ".shared .align 8 .b8 word[8];";
  snippet.body = "setp.ne.s32 %p0, %t, 0; @%p0 ret;" + snippet.body;
  snippet.threads = 4;
  const auto words = snippet.run();
  return {words[0] | std::uint64_t{words[1]} << 32, words[2] | std::uint64_t{words[3]} << 32};
}

constexpr std::uint64_t kOnes32 = 0xFFFFFFFF;
constexpr std::uint64_t kOnes64 = ~std::uint64_t{0};

TEST(Atomic, Arithmetic) {
  EXPECT_EQ(apply("add.u32", 4, kOnes32, "3"), (Result{kOnes32, 2}));
  EXPECT_EQ(apply("add.s32", 4, 5, "-7"), (Result{5, kOnes32 - 1}));
  EXPECT_EQ(apply("add.u64", 8, kOnes32, "1"), (Result{kOnes32, kOnes32 + 1}));
  EXPECT_EQ(apply("min.u32", 4, 5, "-1"), (Result{5, 5}));
  EXPECT_EQ(apply("min.s32", 4, 5, "-1"), (Result{5, kOnes32}));
  EXPECT_EQ(apply("max.u32", 4, 5, "-1"), (Result{5, kOnes32}));
  EXPECT_EQ(apply("max.s32", 4, 5, "-1"), (Result{5, 5}));
  EXPECT_EQ(apply("min.u64", 8, 5, "-1"), (Result{5, 5}));
  EXPECT_EQ(apply("min.s64", 8, 5, "-1"), (Result{5, kOnes64}));
  EXPECT_EQ(apply("max.u64", 8, 5, "-1"), (Result{5, kOnes64}));
  EXPECT_EQ(apply("max.s64", 8, 5, "-1"), (Result{5, 5}));
}

TEST(Atomic, BitsAndExchange) {
  EXPECT_EQ(apply("and.b32", 4, 12, "10"), (Result{12, 8}));
  EXPECT_EQ(apply("or.b32", 4, 12, "10"), (Result{12, 14}));
  EXPECT_EQ(apply("xor.b32", 4, 12, "10"), (Result{12, 6}));
  EXPECT_EQ(apply("and.b64", 8, 12, "10"), (Result{12, 8}));
  EXPECT_EQ(apply("or.b64", 8, 12, "10"), (Result{12, 14}));
  EXPECT_EQ(apply("xor.b64", 8, 12, "10"), (Result{12, 6}));
  EXPECT_EQ(apply("exch.b32", 4, 12, "10"), (Result{12, 10}));
  EXPECT_EQ(apply("exch.b64", 8, 12, "10"), (Result{12, 10}));
  EXPECT_EQ(apply("cas.b32", 4, 12, "12, 9"), (Result{12, 9}));
  EXPECT_EQ(apply("cas.b32", 4, 12, "13, 9"), (Result{12, 12}));
  EXPECT_EQ(apply("cas.b64", 8, 12, "12, 9"), (Result{12, 9}));
}

TEST(Atomic, CountersThatWrap) {
  EXPECT_EQ(apply("inc.u32", 4, 4, "5"), (Result{4, 5}));
  EXPECT_EQ(apply("inc.u32", 4, 5, "5"), (Result{5, 0}));
  EXPECT_EQ(apply("dec.u32", 4, 4, "5"), (Result{4, 3}));
  EXPECT_EQ(apply("dec.u32", 4, 0, "5"), (Result{0, 5}));
  EXPECT_EQ(apply("dec.u32", 4, 9, "5"), (Result{9, 5}));
}

TEST(Atomic, EveryThreadCountsInEveryOrder) {
  for (const ptx::Order order : every_order()) {
    Snippet snippet(
        "sub.s64 %d1, %out, %place; setp.ne.s32 %p1, %t, 0;"
        "@!%p1 st.global.u32 [%d1], 0; bar.sync 0;"
        "atom.relaxed.gpu.global.add.u32 %r2, [%d1], 2; red.global.add.u32 [%d1], 1; bar.sync 0;");
    snippet.threads = 96;
    snippet.order = order;
    EXPECT_EQ(snippet.run()[0], 96 * 3);
  }
}

}  // namespace
}  // namespace ptx_test
