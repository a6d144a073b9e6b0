// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cpu/elements.hpp"

namespace seqfeat::cpu {

/// Neighbouring floats in one register: each computes what it would alone.
using Lanes = float __attribute__((vector_size(16)));
inline constexpr std::int64_t kLanes = sizeof(Lanes) / sizeof(float);

using IntLanes = std::int32_t __attribute__((vector_size(16)));
using HalfLanes = std::uint16_t __attribute__((vector_size(8)));  // as they are stored

template <class Element>
[[nodiscard]] Lanes widened_lanes(HalfLanes elements) noexcept {
  const auto bits = __builtin_convertvector(elements, IntLanes);
  if constexpr (std::is_same_v<Element, Float16>) {
    return detail::widened_float16<Lanes>(bits);
  } else {
    return reinterpret_cast<Lanes>(bits << 16);
  }
}
template <class Element>
[[nodiscard]] HalfLanes rounded_lanes(Lanes value) noexcept {
  if constexpr (std::is_same_v<Element, Float16>) {
    return __builtin_convertvector((detail::rounded_to_float16<Lanes, IntLanes>(value)), HalfLanes);
  } else {
    return __builtin_convertvector((detail::rounded_to_bfloat16<Lanes, IntLanes>(value)),
                                   HalfLanes);
  }
}

/// Elements as float32, as many as a Value (a float or Lanes) holds.
template <class Value, class Element>
[[nodiscard]] Value load(const Element* from) noexcept {
  if constexpr (std::is_same_v<Value, float>) {
    return widened(*from);
  } else if constexpr (std::is_same_v<Element, float>) {
    Lanes value;
    std::memcpy(&value, from, sizeof value);
    return value;
  } else {
    HalfLanes elements;
    std::memcpy(&elements, from, sizeof elements);
    return widened_lanes<Element>(elements);
  }
}
template <class Value, class Element>
void store(Element* to, const Value& value) noexcept {
  if constexpr (std::is_same_v<Value, float>) {
    *to = rounded<Element>(value);
  } else if constexpr (std::is_same_v<Element, float>) {
    std::memcpy(to, &value, sizeof value);
  } else {
    const HalfLanes elements = rounded_lanes<Element>(value);
    std::memcpy(to, &elements, sizeof elements);
  }
}

}  // namespace seqfeat::cpu
