// SPDX-License-Identifier: Apache-2.0
// Beside part.cpp, which is compiled for size: this looks at every value.
#include <bit>
#include <cstdint>
#include <span>

#include "run/part.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::run {

void unify_nans(const Batch& batch, PaddingSide side) {
  constexpr std::int32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kNan = 0x7fc00000;
  const auto is_nan = [](float value) {
    return static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(value) & 0x7fffffffU) > kInfinity;
  };
  // The batch is ours alone and its memory is not const: only the spans over it are.
  const auto unify = [&](std::span<const float> steps) {
    bool some = false;
    for (const float value : steps) some |= is_nan(value);  // nearly never
    if (!some) return;
    for (float& value : std::span(const_cast<float*>(steps.data()), steps.size())) {
      if (is_nan(value)) value = std::bit_cast<float>(kNan);
    }
  };
  unify(batch.ragged_values());
  std::span<const float> values = batch.values();
  if (values.empty()) return;
  const PadRule rule{.left = side == PaddingSide::left};
  for (const std::int64_t length : batch.lengths()) {
    const std::int64_t first = rule.slot_of_step(length, 0, batch.padded_steps());
    unify(values.subspan(static_cast<std::size_t>(first * batch.dim()),
                         static_cast<std::size_t>(length * batch.dim())));
    values = values.subspan(static_cast<std::size_t>(batch.padded_steps() * batch.dim()));
  }
}

}  // namespace seqfeat::run
