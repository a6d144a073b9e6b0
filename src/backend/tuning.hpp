// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// Choices between schedules that give the same bits. The benchmark and tests set them; everybody
// else gets the defaults. A kernel's launch reads them, so that a captured graph keeps what held at
// its capture.

namespace seqfeat::detail {

/// What can be chosen, for the whole process. tuning.cpp has a row for each.
enum class Knob : std::uint8_t { slots_per_block, streaming_stores, copy_kernel };

/// A knob for people.
struct KnobInfo {
  std::string_view name;
  std::string_view about;
  std::int64_t by_default;
  std::int64_t least;
  std::int64_t most;
};
/// All knobs, in the order of the enumerators.
[[nodiscard]] std::span<const KnobInfo> knobs() noexcept;

/// The value of a knob now.
[[nodiscard]] std::int64_t tuned(Knob knob) noexcept;

/// Sets a knob for all threads.
///
/// Throws   InvalidArgument naming the knob and its range.
void tune(Knob knob, std::int64_t value);

/// The same from the text "NAME=VALUE".
///
/// Throws   InvalidArgument; of an unknown name the message lists all names.
void tune(std::string_view setting);

/// Sets a knob and restores it at the end of the scope.
class Tuned {
 public:
  Tuned(Knob knob, std::int64_t value) : knob_(knob), before_(tuned(knob)) { tune(knob, value); }
  ~Tuned();
  Tuned(const Tuned&) = delete;
  Tuned& operator=(const Tuned&) = delete;
  Tuned(Tuned&&) = delete;
  Tuned& operator=(Tuned&&) = delete;

 private:
  Knob knob_;
  std::int64_t before_;
};

}  // namespace seqfeat::detail
