// SPDX-License-Identifier: Apache-2.0
// Makes an instruction of a function on the values of one lane. A full warp runs as a loop over
// whole rows, which compilers vectorise.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "machine/warp.hpp"
#include "parse/assembler.hpp"

namespace ptx {

/// The unsigned integer that holds a value of `T` in a register.
template <std::size_t kBytes>
struct WordOf;
template <>
struct WordOf<2> {
  using type = std::uint16_t;
};
template <>
struct WordOf<4> {
  using type = std::uint32_t;
};
template <>
struct WordOf<8> {
  using type = std::uint64_t;
};
template <class T>
using Word = typename WordOf<sizeof(T)>::type;

template <class T>
class Source {
 public:
  Source(Warp& warp, Row row) : words_(warp.row<Word<T>>(row)) {}
  [[nodiscard]] T operator[](unsigned lane) const { return std::bit_cast<T>(words_[lane]); }

 private:
  const Word<T>* words_;
};

template <>
class Source<bool> {
 public:
  Source(Warp& warp, Row row) : bits_(warp.predicate(row)) {}
  [[nodiscard]] bool operator[](unsigned lane) const { return (bits_ >> lane & 1) != 0; }

 private:
  Lanes bits_;
};

template <class T>
class Target {
 public:
  Target(Warp& warp, Row row) : words_(warp.row<Word<T>>(row)) {}
  void set(unsigned lane, T value) { words_[lane] = std::bit_cast<Word<T>>(value); }
  void finish(Lanes /*active*/) {}

 private:
  Word<T>* words_;
};

template <>
class Target<bool> {
 public:
  Target(Warp& warp, Row row) : row_(&warp.predicate(row)) {}
  void set(unsigned lane, bool value) { bits_ |= Lanes{value} << lane; }
  void finish(Lanes active) { *row_ = (*row_ & ~active) | bits_; }

 private:
  Lanes* row_;
  Lanes bits_ = 0;
};

template <class F, class To, class... From>
void over_lanes(F f, Lanes active, Target<To> to, Source<From>... from) {
  if (active == kAllLanes) {
    for (unsigned lane = 0; lane < kWarp; ++lane) {
      to.set(lane, f(from[lane]...));
    }
  } else {
    for_each_lane(active, [&](unsigned lane) { to.set(lane, f(from[lane]...)); });
  }
  to.finish(active);
}

template <class F, class To, class... From>
void execute_lanewise(Warp& warp, const Instruction& in, Lanes active) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    over_lanes<F, To, From...>(F{}, active, Target<To>(warp, in.to[0]),
                               Source<From>(warp, in.from[I])...);
  }
  (std::index_sequence_for<From...>{});
}

template <class T>
constexpr Slot slot_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return {};
  } else {
    return {sizeof(T), std::is_floating_point_v<T>, false};
  }
}

/// An opcode whose operands are a result and the sources, in that order.
struct Operation {
  Execute execute = nullptr;
  Slot to;
  std::vector<Slot> from;
};

/// Takes the function as a value but uses only its type, so it must have no captures.
template <class To, class... From, class F>
Operation lanewise(F /*function*/) {
  static_assert(std::is_empty_v<F>);
  return {&execute_lanewise<F, To, From...>, slot_of<To>(), {slot_of<From>()...}};
}

}  // namespace ptx
