// SPDX-License-Identifier: Apache-2.0
// Arithmetic of f32, rounded to nearest even as the host's own. A result that is not a number is
// NVIDIA's canonical one, 0x7fffffff. Without a rounding modifier, add, sub and mul could be fused
// by the assembler; here they never are.
#include <bit>
#include <cmath>

#include "ops/table.hpp"

namespace ptx {
namespace {

const float kNan = std::bit_cast<float>(0x7fffffffU);

float canonical(float value) {
  return value != value ? kNan : value;
}

// Of the zeros, -0 is the smaller one.
bool less(float a, float b) {
  return a < b || (a == b && std::signbit(a) && !std::signbit(b));
}

template <bool kLess>
float choose(float a, float b) {
  if (a != a || b != b) {
    return canonical(a != a ? b : a);
  }
  return less(a, b) == kLess ? a : b;
}

template <bool kLess>
float choose_nan(float a, float b) {
  return a != a || b != b ? kNan : choose<kLess>(a, b);
}

}  // namespace

void add_float(Table& table) {
  const auto add = [](float a, float b) { return canonical(a + b); };
  const auto subtract = [](float a, float b) { return canonical(a - b); };
  const auto multiply = [](float a, float b) { return canonical(a * b); };
  for (const std::string rounding : {"", ".rn"}) {
    table.add("add" + rounding + ".f32", lanewise<float, float, float>(add));
    table.add("sub" + rounding + ".f32", lanewise<float, float, float>(subtract));
    table.add("mul" + rounding + ".f32", lanewise<float, float, float>(multiply));
  }
  table.add("fma.rn.f32", lanewise<float, float, float, float>([](float a, float b, float c) {
              return canonical(std::fma(a, b, c));
            }));
  table.add("div.rn.f32",
            lanewise<float, float, float>([](float a, float b) { return canonical(a / b); }));
  table.add("rcp.rn.f32", lanewise<float, float>([](float a) { return canonical(1.0F / a); }));
  table.add("sqrt.rn.f32", lanewise<float, float>([](float a) { return canonical(std::sqrt(a)); }));
  table.add("min.f32",
            lanewise<float, float, float>([](float a, float b) { return choose<true>(a, b); }));
  table.add("max.f32",
            lanewise<float, float, float>([](float a, float b) { return choose<false>(a, b); }));
  table.add("min.NaN.f32",
            lanewise<float, float, float>([](float a, float b) { return choose_nan<true>(a, b); }));
  table.add("max.NaN.f32", lanewise<float, float, float>(
                               [](float a, float b) { return choose_nan<false>(a, b); }));
  table.add("neg.f32", lanewise<float, float>([](float a) { return -a; }));
  table.add("abs.f32", lanewise<float, float>([](float a) { return std::fabs(a); }));
}

}  // namespace ptx
