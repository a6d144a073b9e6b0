// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "run/advisor/flat_map.hpp"

namespace seqfeat::run {

/// A random part of all keys, with everything that was ever said about each of them.
///
/// A key belongs to the sample if its mixed bits begin with `halvings` zeros. When the sample is
/// full, `halvings` goes up by one and about half of the keys leave. A key that is in the sample at
/// the end was in it from its first occurrence on, so its value is exact; each key is in it with
/// the same probability, so sums over the sample estimate sums over all keys without bias. The
/// sample is a function of the set of keys alone, whatever their order, so samples of shards merge
/// without loss. (Wegman's adaptive sampling, analysed in Flajolet, "On adaptive sampling",
/// Computing 43, 1990; with values: Gibbons, "Distinct sampling for highly-accurate answers to
/// distinct values queries and event reports", VLDB 2001.)
template <class Value>
class AdaptiveSample {
 public:
  /// Holds at most `bound` keys, which is at least 1.
  explicit AdaptiveSample(std::size_t bound) : bound_(bound) {}

  /// The value of a key, added if it is new; null if the key is not in the sample.
  Value* at(std::uint64_t key) {
    if (!takes(key)) return nullptr;
    if (values_.size() < bound_) return &values_[key];
    if (Value* found = values_.find(key)) return found;
    while (takes(key) && values_.size() >= bound_) halve_to(halvings_ + 1);
    return takes(key) ? &values_[key] : nullptr;
  }

  [[nodiscard]] bool takes(std::uint64_t key) const noexcept {
    return halvings_ == 0 || mixed(key) >> (64U - halvings_) == 0;
  }
  [[nodiscard]] const Value* find(std::uint64_t key) const noexcept { return values_.find(key); }
  [[nodiscard]] const auto& entries() const noexcept { return values_.entries(); }
  [[nodiscard]] unsigned halvings() const noexcept { return halvings_; }

  /// The probability of a key to be in the sample.
  [[nodiscard]] double rate() const noexcept {
    return std::ldexp(1.0, -static_cast<int>(halvings_));
  }

  /// Drops the keys that a sample of more halvings does not take.
  void halve_to(unsigned halvings) {
    if (halvings <= halvings_) return;
    halvings_ = halvings;
    values_.keep_if([this](const auto& entry) { return takes(entry.key); });
  }

  /// Adds another part of the data. `add(value, entry)` adds what the other says about a key.
  template <class Add>
  void merge(const AdaptiveSample& other, Add add) {
    halve_to(other.halvings_);
    for (const auto& entry : other.entries()) {
      if (Value* value = at(entry.key)) add(*value, entry);
    }
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return values_.bytes(); }

 private:
  std::size_t bound_;
  unsigned halvings_ = 0;
  FlatMap<Value> values_;
};

}  // namespace seqfeat::run
