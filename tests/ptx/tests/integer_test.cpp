// SPDX-License-Identifier: Apache-2.0
// Integer arithmetic, after the chapters "Integer Arithmetic Instructions" of the PTX ISA manual.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

constexpr std::uint64_t kMin16 = 0x8000;
constexpr std::uint64_t kMin32 = 0x80000000;
constexpr std::uint64_t kMin64 = std::uint64_t{1} << 63;
constexpr std::uint64_t kOnes16 = 0xFFFF;
constexpr std::uint64_t kOnes32 = 0xFFFFFFFF;
constexpr std::uint64_t kOnes64 = ~std::uint64_t{0};

TEST(Integer, SumsWrapAround) {
  for (const char* const opcode : {"add.u16", "add.s16"}) {
    expect_results(opcode, "b16 b16 b16", {{{1, 2}, 3}, {{kOnes16, 1}, 0}, {{0x7FFF, 1}, kMin16}});
  }
  for (const char* const opcode : {"add.u32", "add.s32"}) {
    expect_results(opcode, "b32 b32 b32",
                   {{{1, 2}, 3}, {{kOnes32, 1}, 0}, {{0x7FFFFFFF, 1}, kMin32}});
  }
  for (const char* const opcode : {"add.u64", "add.s64"}) {
    expect_results(opcode, "b64 b64 b64",
                   {{{kOnes32, 1}, kOnes32 + 1}, {{kOnes64, 1}, 0}, {{kMin64 - 1, 1}, kMin64}});
  }
}

TEST(Integer, DifferencesWrapAround) {
  expect_results("sub.s16", "b16 b16 b16", {{{3, 2}, 1}, {{0, 1}, kOnes16}});
  expect_results("sub.u32", "b32 b32 b32", {{{3, 2}, 1}, {{0, 1}, kOnes32}});
  expect_results("sub.s32", "b32 b32 b32", {{{kMin32, 1}, 0x7FFFFFFF}});
  expect_results("sub.s64", "b64 b64 b64", {{{3, 2}, 1}, {{0, 1}, kOnes64}, {{2, 3}, kOnes64}});
}

TEST(Integer, ProductsKeepTheLowHalf) {
  expect_results("mul.lo.s16", "b16 b16 b16",
                 {{{kOnes16, kOnes16}, 1}, {{300, 300}, 90000 - 65536}, {{kMin16, kMin16}, 0}});
  for (const char* const opcode : {"mul.lo.u32", "mul.lo.s32"}) {
    expect_results(opcode, "b32 b32 b32",
                   {{{kOnes32, kOnes32}, 1}, {{65536, 65536}, 0}, {{kOnes32, 5}, kOnes32 - 4}});
  }
  expect_results("mul.lo.s64", "b64 b64 b64",
                 {{{kOnes64, 3}, kOnes64 - 2}, {{kOnes32, kOnes32}, 0xFFFFFFFE00000001}});
}

TEST(Integer, ProductsKeepTheHighHalf) {
  expect_results("mul.hi.u16", "b16 b16 b16", {{{kOnes16, kOnes16}, 0xFFFE}, {{256, 256}, 1}});
  expect_results("mul.hi.s16", "b16 b16 b16",
                 {{{kOnes16, kOnes16}, 0}, {{kOnes16, 1}, kOnes16}, {{kMin16, kMin16}, 0x4000}});
  expect_results("mul.hi.u32", "b32 b32 b32",
                 {{{kOnes32, kOnes32}, 0xFFFFFFFE}, {{kMin32, 2}, 1}, {{65535, 65537}, 0}});
  expect_results("mul.hi.s32", "b32 b32 b32",
                 {{{kOnes32, 1}, kOnes32}, {{kMin32, kMin32}, 0x40000000}, {{kMin32, 2}, kOnes32}});
  expect_results("mul.hi.u64", "b64 b64 b64",
                 {{{kOnes64, kOnes64}, kOnes64 - 1}, {{kMin64, 2}, 1}, {{kOnes32, kOnes32}, 0}});
  expect_results(
      "mul.hi.s64", "b64 b64 b64",
      {{{kOnes64, 1}, kOnes64}, {{kMin64, kMin64}, kMin64 >> 1}, {{kMin64, 2}, kOnes64}});
}

TEST(Integer, WideProductsAreExact) {
  expect_results("mul.wide.u16", "b32 b16 b16", {{{kOnes16, kOnes16}, 0xFFFE0001}});
  expect_results(
      "mul.wide.s16", "b32 b16 b16",
      {{{kOnes16, kOnes16}, 1}, {{kMin16, 2}, 0xFFFF0000}, {{kMin16, kMin16}, 1U << 30}});
  expect_results("mul.wide.u32", "b64 b32 b32", {{{kOnes32, kOnes32}, 0xFFFFFFFE00000001}});
  expect_results("mul.wide.s32", "b64 b32 b32",
                 {{{kOnes32, 8}, kOnes64 - 7}, {{kMin32, kMin32}, std::uint64_t{1} << 62}});
}

TEST(Integer, ProductsAndSums) {
  expect_results("mad.lo.s32", "b32 b32 b32 b32",
                 {{{3, 4, 5}, 17}, {{kOnes32, 2, 1}, kOnes32}, {{65536, 65536, 7}, 7}});
  expect_results("mad.lo.s64", "b64 b64 b64 b64", {{{3, 4, 5}, 17}, {{kOnes64, 2, 1}, kOnes64}});
  expect_results("mad.lo.u16", "b16 b16 b16 b16", {{{kOnes16, kOnes16, kOnes16}, 0}});
  expect_results("mad.wide.u32", "b64 b32 b32 b64", {{{kOnes32, kOnes32, 2}, 0xFFFFFFFE00000003}});
  expect_results("mad.wide.s32", "b64 b32 b32 b64", {{{kOnes32, 4, 3}, kOnes64}});
}

TEST(Integer, MinimumAndMaximumKnowTheSign) {
  expect_results("min.u16", "b16 b16 b16", {{{1, kOnes16}, 1}});
  expect_results("min.s16", "b16 b16 b16", {{{1, kOnes16}, kOnes16}});
  expect_results("min.u32", "b32 b32 b32", {{{1, kOnes32}, 1}, {{kOnes32, 1}, 1}});
  expect_results("min.s32", "b32 b32 b32", {{{1, kOnes32}, kOnes32}, {{kMin32, 0}, kMin32}});
  expect_results("max.u32", "b32 b32 b32", {{{1, kOnes32}, kOnes32}});
  expect_results("max.s32", "b32 b32 b32", {{{1, kOnes32}, 1}, {{kMin32, kOnes32}, kOnes32}});
  expect_results("min.u64", "b64 b64 b64", {{{1, kOnes64}, 1}});
  expect_results("min.s64", "b64 b64 b64", {{{1, kOnes64}, kOnes64}, {{kMin64, 0}, kMin64}});
  expect_results("max.u64", "b64 b64 b64", {{{1, kOnes64}, kOnes64}});
  expect_results("max.s64", "b64 b64 b64", {{{1, kOnes64}, 1}});
}

TEST(Integer, QuotientsAndRemainders) {
  expect_results("div.u32", "b32 b32 b32", {{{kOnes32, 2}, 0x7FFFFFFF}, {{7, 8}, 0}});
  expect_results(
      "div.s32", "b32 b32 b32",
      {{{kOnes32 - 6, 2}, kOnes32 - 2}, {{kMin32, kOnes32}, kMin32}, {{8, kOnes32}, kOnes32 - 7}});
  expect_results("div.u64", "b64 b64 b64", {{{kOnes64, kOnes32}, kOnes32 + 2}});
  expect_results("div.s64", "b64 b64 b64",
                 {{{kOnes64 - 6, 2}, kOnes64 - 2}, {{kMin64, kOnes64}, kMin64}});
  expect_results("rem.u32", "b32 b32 b32", {{{kOnes32, 10}, 5}, {{7, 8}, 7}});
  expect_results("rem.s32", "b32 b32 b32",
                 {{{kOnes32 - 6, 4}, kOnes32 - 2}, {{7, kOnes32 - 3}, 3}, {{kMin32, kOnes32}, 0}});
  expect_results("rem.u64", "b64 b64 b64", {{{kOnes64, 10}, 5}});
  expect_results("rem.s64", "b64 b64 b64", {{{kOnes64 - 6, 4}, kOnes64 - 2}});
  expect_results("div.u16", "b16 b16 b16", {{{kOnes16, 2}, 0x7FFF}});
  expect_results("rem.s16", "b16 b16 b16", {{{kOnes16 - 6, 4}, kOnes16 - 2}});
}

TEST(Integer, NegationAndMagnitude) {
  expect_results("neg.s32", "b32 b32", {{{5}, kOnes32 - 4}, {{0}, 0}, {{kMin32}, kMin32}});
  expect_results("neg.s64", "b64 b64", {{{5}, kOnes64 - 4}, {{0}, 0}, {{kMin64}, kMin64}});
  expect_results("abs.s32", "b32 b32", {{{kOnes32}, 1}, {{7}, 7}, {{kMin32}, kMin32}});
  expect_results("abs.s64", "b64 b64", {{{kOnes64}, 1}, {{7}, 7}});
}

}  // namespace
}  // namespace ptx_test
