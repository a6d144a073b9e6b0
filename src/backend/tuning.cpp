// SPDX-License-Identifier: Apache-2.0
#include "backend/tuning.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <string>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

// In the order of the enumerators.
constexpr std::array kKnobs{
    KnobInfo{"slots_per_block", "Slots that a block of rows fills; 0: by the batch's size", 0, 0,
             256},
    KnobInfo{"streaming_stores",
             "Stores that leave no lines in the cache: 0 never, 1 for outputs "
             "larger than half the cache, 2 always",
             1, 0, 2},
    KnobInfo{
        "copy_kernel",
        "Rows of one value a step: 0 by the kernel that also adds rows, 1 by the one that only "
        "copies bytes",
        1, 0, 1}};

/// The values of all knobs.
struct Values {
  Values() {
    for (std::size_t i = 0; i < kKnobs.size(); ++i) of[i] = kKnobs[i].by_default;
  }
  std::array<std::atomic<std::int64_t>, kKnobs.size()> of{};
};

std::atomic<std::int64_t>& value_of(std::size_t knob) noexcept {
  static Values values;
  return values.of[knob];
}

std::string all_names() {
  std::string names;
  for (const KnobInfo& knob : kKnobs) names += concat(names.empty() ? "'" : ", '", knob.name, "'");
  return names;
}

}  // namespace

std::span<const KnobInfo> knobs() noexcept {
  return kKnobs;
}

std::int64_t tuned(Knob knob) noexcept {
  return value_of(static_cast<std::size_t>(knob)).load(std::memory_order_relaxed);
}

void tune(Knob knob, std::int64_t value) {
  const KnobInfo& info = kKnobs.at(static_cast<std::size_t>(knob));
  if (value < info.least || value > info.most) {
    throw InvalidArgument(concat("tuning: ", info.name, ": got ", value, ", expected ", info.least,
                                 " to ", info.most, ": ", info.about));
  }
  value_of(static_cast<std::size_t>(knob)).store(value, std::memory_order_relaxed);
}

void tune(std::string_view setting) {
  const std::size_t sign = setting.find('=');
  const std::string_view name = setting.substr(0, sign);
  const std::string_view text =
      sign == std::string_view::npos ? std::string_view() : setting.substr(sign + 1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw InvalidArgument(
        concat("tuning: got '", setting, "', expected NAME=VALUE with an integer"));
  }
  for (std::size_t i = 0; i < kKnobs.size(); ++i) {
    if (kKnobs[i].name == name) return tune(static_cast<Knob>(i), value);
  }
  throw InvalidArgument(concat("tuning: got '", name, "', expected one of ", all_names()));
}

Tuned::~Tuned() {
  value_of(static_cast<std::size_t>(knob_)).store(before_, std::memory_order_relaxed);
}

}  // namespace seqfeat::detail
