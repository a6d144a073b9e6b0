// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "seqfeat/float_type.hpp"

// The types that elements of tables and outputs and ids are stored in, for loops that are compiled
// for each of them.

namespace seqfeat::cpu {

struct Float16 {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

[[nodiscard]] constexpr float widened(float element) noexcept {
  return element;
}
[[nodiscard]] constexpr float widened(Float16 element) noexcept {
  return float_from_float16(element.bits);
}
[[nodiscard]] constexpr float widened(BFloat16 element) noexcept {
  return float_from_bfloat16(element.bits);
}

template <class Element>
[[nodiscard]] constexpr Element rounded(float value) noexcept;
template <>
[[nodiscard]] constexpr float rounded<float>(float value) noexcept {
  return value;
}
template <>
[[nodiscard]] constexpr Float16 rounded<Float16>(float value) noexcept {
  return {float16_from_float(value)};
}
template <>
[[nodiscard]] constexpr BFloat16 rounded<BFloat16>(float value) noexcept {
  return {bfloat16_from_float(value)};
}

/// Calls `body` with an element of the type.
template <class Body>
void with_element(FloatType type, const Body& body) {
  switch (type) {
    case FloatType::float16:
      return body(Float16{});
    case FloatType::bfloat16:
      return body(BFloat16{});
    case FloatType::float32:
      break;
  }
  body(float{});
}

/// Calls `body` with a pointer to the ids, which are int64s or int32s.
template <class Body>
void with_ids(detail::Ids ids, const Body& body) {
  if (ids.wide) {
    body(static_cast<const std::int64_t*>(ids.data));
  } else {
    body(static_cast<const std::int32_t*>(ids.data));
  }
}

/// Elements that are written, of a type known when the program runs.
struct Cells {
  void* data;
  FloatType type;

  /// Those from the `i`-th on.
  [[nodiscard]] Cells from(std::int64_t i) const noexcept {
    return {static_cast<unsigned char*>(data) + i * size_of(type), type};
  }
};

}  // namespace seqfeat::cpu
