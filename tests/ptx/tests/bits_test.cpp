// SPDX-License-Identifier: Apache-2.0
// Logic, shifts and bit fields, with the amounts and positions at which the PTX ISA manual changes
// its mind.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

constexpr std::uint64_t kOnes32 = 0xFFFFFFFF;
constexpr std::uint64_t kOnes64 = ~std::uint64_t{0};
constexpr std::uint64_t kTop64 = std::uint64_t{1} << 63;

TEST(Bits, Logic) {
  expect_results("and.b16", "b16 b16 b16", {{{0xFF0F, 0x0FF3}, 0x0F03}});
  expect_results("and.b32", "b32 b32 b32", {{{0xF0F0F0F0, 0xFF00FF00}, 0xF000F000}});
  expect_results("and.b64", "b64 b64 b64", {{{kTop64 | 6, kTop64 | 3}, kTop64 | 2}});
  expect_results("or.b16", "b16 b16 b16", {{{0xF000, 0x000F}, 0xF00F}});
  expect_results("or.b32", "b32 b32 b32", {{{0xF0000000, 0x0000000F}, 0xF000000F}});
  expect_results("or.b64", "b64 b64 b64", {{{kTop64, 1}, kTop64 | 1}});
  expect_results("xor.b16", "b16 b16 b16", {{{0xFFFF, 0x0F0F}, 0xF0F0}});
  expect_results("xor.b32", "b32 b32 b32", {{{kOnes32, 0x0F0F0F0F}, 0xF0F0F0F0}});
  expect_results("xor.b64", "b64 b64 b64", {{{kOnes64, kTop64}, kOnes64 >> 1}});
  expect_results("not.b16", "b16 b16", {{{0x00FF}, 0xFF00}});
  expect_results("not.b32", "b32 b32", {{{0}, kOnes32}});
  expect_results("not.b64", "b64 b64", {{{1}, kOnes64 - 1}});
}

TEST(Bits, LogicOfPredicates) {
  expect_results("and.pred", "pred pred pred",
                 {{{0, 0}, 0}, {{0, 1}, 0}, {{1, 0}, 0}, {{1, 1}, 1}});
  expect_results("or.pred", "pred pred pred", {{{0, 0}, 0}, {{0, 1}, 1}, {{1, 0}, 1}, {{1, 1}, 1}});
  expect_results("xor.pred", "pred pred pred",
                 {{{0, 0}, 0}, {{0, 1}, 1}, {{1, 0}, 1}, {{1, 1}, 0}});
  expect_results("not.pred", "pred pred", {{{0}, 1}, {{1}, 0}});
}

TEST(Bits, ShiftsBeyondTheWidthShiftAllOut) {
  expect_results("shl.b16", "b16 b16 b32", {{{0xFFFF, 15}, 0x8000}, {{0xFFFF, 16}, 0}});
  expect_results("shl.b32", "b32 b32 b32",
                 {{{3, 0}, 3}, {{3, 31}, 0x80000000}, {{3, 32}, 0}, {{3, kOnes32}, 0}});
  expect_results("shl.b64", "b64 b64 b32",
                 {{{3, 32}, std::uint64_t{3} << 32}, {{3, 63}, kTop64}, {{3, 64}, 0}});
  expect_results("shr.u16", "b16 b16 b32", {{{0x8000, 15}, 1}, {{0x8000, 16}, 0}});
  expect_results("shr.b32", "b32 b32 b32", {{{0x80000000, 31}, 1}, {{0x80000000, 33}, 0}});
  expect_results("shr.u32", "b32 b32 b32", {{{0x80000000, 31}, 1}, {{0x80000000, 32}, 0}});
  expect_results("shr.u64", "b64 b64 b32", {{{kTop64, 63}, 1}, {{kTop64, 64}, 0}});
  expect_results("shr.b64", "b64 b64 b32", {{{kTop64, 32}, 0x80000000}, {{kTop64, kOnes32}, 0}});
}

TEST(Bits, SignedShiftsBeyondTheWidthLeaveTheSign) {
  expect_results("shr.s16", "b16 b16 b32", {{{0x8000, 15}, 0xFFFF}, {{0x8000, 99}, 0xFFFF}});
  expect_results("shr.s32", "b32 b32 b32",
                 {{{0x80000000, 4}, 0xF8000000},
                  {{0x80000000, 32}, kOnes32},
                  {{0x7FFFFFFF, 32}, 0},
                  {{0x80000000, kOnes32}, kOnes32}});
  expect_results("shr.s64", "b64 b64 b32",
                 {{{kTop64, 63}, kOnes64}, {{kTop64, 64}, kOnes64}, {{kTop64 - 1, 64}, 0}});
}

TEST(Bits, FunnelShiftsWrapOrClampTheAmount) {
  constexpr std::uint64_t kLow = 0x89ABCDEF;
  constexpr std::uint64_t kHigh = 0x01234567;
  expect_results("shf.l.wrap.b32", "b32 b32 b32 b32",
                 {{{kLow, kHigh, 0}, kHigh},
                  {{kLow, kHigh, 8}, 0x23456789},
                  {{kLow, kHigh, 32}, kHigh},
                  {{kLow, kHigh, 40}, 0x23456789}});
  expect_results("shf.r.wrap.b32", "b32 b32 b32 b32",
                 {{{kLow, kHigh, 0}, kLow},
                  {{kLow, kHigh, 8}, 0x6789ABCD},
                  {{kLow, kHigh, 32}, kLow},
                  {{kLow, kHigh, 40}, 0x6789ABCD}});
  expect_results(
      "shf.l.clamp.b32", "b32 b32 b32 b32",
      {{{kLow, kHigh, 8}, 0x23456789}, {{kLow, kHigh, 32}, kLow}, {{kLow, kHigh, 40}, kLow}});
  expect_results(
      "shf.r.clamp.b32", "b32 b32 b32 b32",
      {{{kLow, kHigh, 8}, 0x6789ABCD}, {{kLow, kHigh, 32}, kHigh}, {{kLow, kHigh, 40}, kHigh}});
}

TEST(Bits, FieldsAreInserted) {
  expect_results("bfi.b32", "b32 b32 b32 b32 b32",
                 {{{0xFF, 0, 8, 4}, 0xF00},
                  {{0, kOnes32, 8, 4}, 0xFFFFF0FF},
                  {{0xFF, 0x1234, 8, 0}, 0x1234},   // nothing to insert
                  {{0xFF, 0x1234, 32, 4}, 0x1234},  // begins beyond the word
                  {{0xFF, 0, 28, 32}, 0xF0000000},  // the rest does not fit
                  {{0xAB, 0x12, 0, 32}, 0xAB},
                  {{0xFF, 0, 256 + 8, 256 + 4}, 0xF00}});  // of 8 bits each
  expect_results("bfi.b64", "b64 b64 b64 b32 b32",
                 {{{kOnes32, 5, 32, 32}, (kOnes32 << 32) | 5},
                  {{1, 0, 63, 8}, kTop64},
                  {{7, 9, 64, 8}, 9},
                  {{7, 9, 0, 64}, 7},
                  {{7, 9, 0, 255}, 7}});
}

TEST(Bits, FieldsAreExtracted) {
  expect_results("bfe.u32", "b32 b32 b32 b32",
                 {{{0x12345678, 8, 8}, 0x56},
                  {{0x12345678, 8, 0}, 0},
                  {{0xF0000000, 28, 8}, 0xF},
                  {{kOnes32, 32, 8}, 0},
                  {{kOnes32, 0, 32}, kOnes32}});
  expect_results("bfe.s32", "b32 b32 b32 b32",
                 {{{0x80, 0, 8}, 0xFFFFFF80},
                  {{0x7F, 0, 8}, 0x7F},
                  {{0xF0000000, 28, 8}, kOnes32},
                  {{0x80000000, 40, 8}, kOnes32},
                  {{0x80000000, 31, 0}, 0}});
  expect_results("bfe.u64", "b64 b64 b32 b32",
                 {{{kTop64 | 1, 60, 4}, 8}, {{kOnes64, 0, 64}, kOnes64}});
  expect_results("bfe.s64", "b64 b64 b32 b32", {{{kTop64, 60, 4}, kOnes64 - 7}});
}

TEST(Bits, TheHighestBitIsFound) {
  expect_results("bfind.u32", "b32 b32",
                 {{{1}, 0}, {{0x80000000}, 31}, {{0x00FF0000}, 23}, {{0}, kOnes32}});
  expect_results(
      "bfind.s32", "b32 b32",
      {{{1}, 0}, {{kOnes32}, kOnes32}, {{0xFFFFFFFE}, 0}, {{0x80000000}, 30}, {{0}, kOnes32}});
  expect_results("bfind.u64", "b32 b64", {{{kTop64}, 63}, {{1}, 0}, {{0}, kOnes32}});
  expect_results("bfind.s64", "b32 b64", {{{kTop64}, 62}, {{kOnes64}, kOnes32}});
  expect_results("bfind.shiftamt.u32", "b32 b32",
                 {{{1}, 31}, {{0x80000000}, 0}, {{0x00FF0000}, 8}, {{0}, kOnes32}});
  expect_results("bfind.shiftamt.s32", "b32 b32",
                 {{{1}, 31}, {{0xFFFFFFFE}, 31}, {{kOnes32}, kOnes32}});
  expect_results("bfind.shiftamt.u64", "b32 b64", {{{1}, 63}, {{kTop64}, 0}, {{0}, kOnes32}});
}

TEST(Bits, BitsAreCountedAndReversed) {
  expect_results("popc.b32", "b32 b32", {{{0}, 0}, {{kOnes32}, 32}, {{0x80000001}, 2}});
  expect_results("popc.b64", "b32 b64", {{{0}, 0}, {{kOnes64}, 64}, {{kTop64 | 1}, 2}});
  expect_results("clz.b32", "b32 b32", {{{0}, 32}, {{1}, 31}, {{0x80000000}, 0}});
  expect_results("clz.b64", "b32 b64", {{{0}, 64}, {{1}, 63}, {{kTop64}, 0}});
  expect_results("brev.b32", "b32 b32",
                 {{{1}, 0x80000000}, {{0x0000000F}, 0xF0000000}, {{0x12345678}, 0x1E6A2C48}});
  expect_results("brev.b64", "b64 b64", {{{1}, kTop64}, {{kOnes32}, kOnes32 << 32}});
}

}  // namespace
}  // namespace ptx_test
