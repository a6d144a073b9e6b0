// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>

namespace seqfeat::test {

/// Random numbers that are the same on every machine.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : engine_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

  [[nodiscard]] std::uint64_t bits() { return engine_(); }
  /// A number in [low, high].
  [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high) {
    const auto range = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(range == 0 ? bits() : bits() % range);
  }
  [[nodiscard]] bool once_in(std::int64_t n) { return between(1, n) == 1; }
  template <class T>
  [[nodiscard]] T pick(std::initializer_list<T> choices) {
    return choices.begin()[between(0, static_cast<std::int64_t>(choices.size()) - 1)];
  }
  /// Bytes of any value.
  [[nodiscard]] std::string bytes(std::int64_t size) {
    std::string text(static_cast<std::size_t>(size), '\0');
    for (char& c : text) c = static_cast<char>(bits());
    return text;
  }
  /// An integer of any magnitude.
  [[nodiscard]] std::uint64_t integer() { return bits() >> between(0, 63); }
  /// A float between -2 and 2, of 24 bits.
  [[nodiscard]] float real() {
    return static_cast<float>(between(-(1 << 24), 1 << 24)) / static_cast<float>(1 << 23);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace seqfeat::test
