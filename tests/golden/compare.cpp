// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/compare.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>

namespace seqfeat::golden {
namespace {

/// "[2,3]": where in `shape` the flat `index` stands.
std::string place(std::span<const std::int64_t> shape, std::size_t index) {
  std::vector<std::int64_t> indices(shape.size());
  auto rest = static_cast<std::int64_t>(index);
  for (std::size_t i = shape.size(); i-- > 0;) {
    indices[i] = rest % shape[i];
    rest /= shape[i];
  }
  return Json(indices).dump();
}

std::string in_full(float value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.9g (0x%08x)", static_cast<double>(value),
                std::bit_cast<std::uint32_t>(value));
  return text.data();
}

bool same_bits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

[[noreturn]] void differ(std::string_view what, const std::string& where, const std::string& got,
                         const std::string& expected) {
  throw Difference(std::string(what) + where + ": got " + got + ", expected " + expected);
}

void same_shape(std::string_view what, std::span<const std::int64_t> got, std::size_t size,
                std::span<const std::int64_t> expected) {
  const Json shape = std::vector<std::int64_t>(got.begin(), got.end());
  const Json wanted = std::vector<std::int64_t>(expected.begin(), expected.end());
  if (shape != wanted) differ(what, "", "shape " + shape.dump(), wanted.dump());
  std::int64_t product = 1;
  for (const std::int64_t n : expected) product *= n;
  if (static_cast<std::int64_t>(size) != product) {
    differ(what, "", std::to_string(size) + " elements", std::to_string(product));
  }
}

}  // namespace

void same(std::string_view what, std::span<const std::int64_t> got,
          std::span<const std::int64_t> expected) {
  if (got.size() != expected.size()) {
    differ(what, "", std::to_string(got.size()) + " elements", std::to_string(expected.size()));
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] != expected[i]) {
      differ(what, '[' + std::to_string(i) + ']', std::to_string(got[i]),
             std::to_string(expected[i]));
    }
  }
}

void same_floats(std::string_view what, std::span<const std::int64_t> shape,
                 std::span<const float> got, const Tensor& expected) {
  same_shape(what, shape, got.size(), expected.shape);
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!same_bits(got[i], expected.floats.at(i))) {
      differ(what, place(shape, i), in_full(got[i]), in_full(expected.floats[i]));
    }
  }
}

void same_booleans(std::string_view what, std::span<const std::int64_t> shape,
                   std::span<const std::uint8_t> got, const Tensor& expected) {
  same_shape(what, shape, got.size(), expected.shape);
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] != expected.booleans.at(i)) {
      differ(what, place(shape, i), std::to_string(got[i]), std::to_string(expected.booleans[i]));
    }
  }
}

void close_floats(std::string_view what, std::span<const std::int64_t> shape,
                  std::span<const float> got, const Tensor& expected, float tolerance) {
  same_shape(what, shape, got.size(), expected.shape);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const float wanted = expected.floats.at(i);
    const bool close = std::abs(got[i] - wanted) <= tolerance;  // false where one is NaN
    if (!close && !same_bits(got[i], wanted)) {
      differ(what, place(shape, i), in_full(got[i]), in_full(wanted));
    }
  }
}

void near_floats(std::string_view what, std::span<const std::int64_t> shape,
                 std::span<const float> got, const Tensor& expected, float tolerance) {
  float largest = 0;
  for (const float value : expected.floats) largest = std::max(largest, std::abs(value));
  close_floats(what, shape, got, expected, tolerance * largest);
}

void same_json(std::string_view what, const Json& got, const Json& expected) {
  if (got == expected) return;
  for (const auto& [key, value] : got.items()) {
    if (got.is_object() && expected.is_object() && expected.contains(key)) {
      same_json(std::string(what) + '.' + key, value, expected.at(key));
    }
  }
  differ(what, "", got.dump(), expected.dump());
}

}  // namespace seqfeat::golden
