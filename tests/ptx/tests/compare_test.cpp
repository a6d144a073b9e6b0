// SPDX-License-Identifier: Apache-2.0
// Comparisons and choices: setp with all its operators, selp.
#include <gtest/gtest.h>

#include "snippet.hpp"

namespace ptx_test {
namespace {

/// Results of a comparison for a < b, a == b and a > b.
struct Operator {
  const char* name;
  std::uint64_t less;
  std::uint64_t equal;
  std::uint64_t greater;
};
constexpr Operator kOrdered[] = {{"eq", 0, 1, 0}, {"ne", 1, 0, 1}, {"lt", 1, 0, 0},
                                 {"le", 1, 1, 0}, {"gt", 0, 0, 1}, {"ge", 0, 1, 1}};
constexpr Operator kUnsigned[] = {
    {"lo", 1, 0, 0}, {"ls", 1, 1, 0}, {"hi", 0, 0, 1}, {"hs", 0, 1, 1}};

void expect_integers(const Operator& compare, const std::string& kind, unsigned width) {
  const std::string bits = std::to_string(width);
  const std::string opcode = std::string("setp.") + compare.name + "." + kind + bits;
  const std::uint64_t top = std::uint64_t{1} << (width - 1);  // the least of the signed ones
  const bool is_signed = kind == "s";
  expect_results(opcode, "pred b" + bits + " b" + bits,
                 {{{3, 4}, compare.less},
                  {{4, 4}, compare.equal},
                  {{5, 4}, compare.greater},
                  {{top, 1}, is_signed ? compare.less : compare.greater},
                  {{1, top}, is_signed ? compare.greater : compare.less},
                  {{top, top}, compare.equal}});
}

TEST(Compare, Integers) {
  for (const unsigned width : {16U, 32U, 64U}) {
    for (const Operator& compare : kOrdered) {
      expect_integers(compare, "s", width);
      expect_integers(compare, "u", width);
    }
    for (const Operator& compare : kUnsigned) {
      expect_integers(compare, "u", width);
    }
    expect_integers(kOrdered[0], "b", width);
    expect_integers(kOrdered[1], "b", width);
  }
}

// With a NaN, plain operators are false and those that end in u are true.
TEST(Compare, Floats) {
  const std::uint64_t nan = 0x7FC00001;
  const auto expect = [&](const Operator& compare, const std::string& ending,
                          std::uint64_t unordered) {
    expect_results("setp." + (compare.name + ending) + ".f32", "pred f32 f32",
                   {{{bits(-1.0F), bits(1.0F)}, compare.less},
                    {{bits(2.0F), bits(2.0F)}, compare.equal},
                    {{bits(0.0F), bits(-0.0F)}, compare.equal},
                    {{bits(3.0F), bits(2.0F)}, compare.greater},
                    {{nan, bits(1.0F)}, unordered},
                    {{bits(1.0F), nan}, unordered},
                    {{nan, nan}, unordered}});
  };
  for (const Operator& compare : kOrdered) {
    expect(compare, "", 0);
    expect(compare, "u", 1);
  }
  expect({"num", 1, 1, 1}, "", 0);
  expect({"nan", 0, 0, 0}, "", 1);
}

TEST(Compare, Choices) {
  for (const std::string bits : {"16", "32", "64"}) {
    for (const std::string kind : {"b", "u", "s"}) {
      expect_results("selp." + kind + bits, "b" + bits + " b" + bits + " b" + bits + " pred",
                     {{{7, 9, 1}, 7}, {{7, 9, 0}, 9}});
    }
  }
  expect_results("selp.f32", "f32 f32 f32 pred", {{{7, 9, 1}, 7}, {{7, 9, 0}, 9}});
}

}  // namespace
}  // namespace ptx_test
