// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/elements.hpp"
#include "cpu/ops.hpp"
#include "seqfeat/pad.hpp"

// Which rows of a table steps are made of, and how they are had in time.

namespace seqfeat::cpu {

[[nodiscard]] inline bool holds(const detail::TableRule& table, std::int64_t id) noexcept {
  return id >= 0 && id < table.rows;
}

/// The row of an id in a table of `Element`s; null for one outside the table.
template <class Element>
[[nodiscard]] const Element* row_of(const detail::TableRule& table, std::int64_t id) noexcept {
  return holds(table, id) ? static_cast<const Element*>(table.data) + id * table.pitch : nullptr;
}

/// The first value of step `step`, which may be the one behind the last.
[[nodiscard]] inline std::int64_t value_at(const RaggedView& view, std::int64_t step) noexcept {
  return clamp_offset(view.first_value(step), view.value_count);
}

/// How many rows ahead of its use a row is asked for: some more than come from memory in the time
/// that one takes.
inline constexpr std::int64_t kRowsAhead = 16;

/// Bytes of tables that the second cache holds after a while.
inline constexpr std::int64_t kCachedBytes = 1 << 20;

/// Asks for a row that is needed soon. The processor itself asks for what follows its first lines.
/// Always inlined: as a call without a result it would be dropped.
[[gnu::always_inline]] inline void prefetch_row(const detail::TableRule& table,
                                                std::int64_t id) noexcept {
  constexpr std::int64_t kLine = 64;
  constexpr std::int64_t kMost = 8 * kLine;
  if (!holds(table, id)) return;
  const std::int64_t size = size_of(table.type);
  const char* row = static_cast<const char*>(table.data) + id * (table.pitch * size);
  const std::int64_t bytes = std::min(table.dim * size, kMost);
  for (std::int64_t at = 0; at < bytes; at += kLine) __builtin_prefetch(row + at);
  __builtin_prefetch(row + bytes - 1);  // where the row begins within a line
}

/// True if each step's vector is the row of its one value as it stands.
[[nodiscard]] inline bool steps_are_rows(const detail::TableRule& table,
                                         const RaggedView& view) noexcept {
  return view.step_offsets.absent() && view.values_per_step == 1 && !table.clips && !table.weighted;
}

/// Calls `use(row)` for steps [step, step + count) that are rows of a table of `Element`s; null
/// where the id is outside the table. `ids` are those of `steps`, of their own type. By value, so
/// that what `use` writes is known to leave table and steps as they are.
template <class Element, class Id, class Use>
void for_each_row(const detail::TableRule table, const StepIds steps, const Id* ids,
                  std::int64_t step, std::int64_t count, const Use& use) {
  if (steps.asks_ahead) {
    for (std::int64_t s = step; s < step + count; ++s) {
      prefetch_row(table, ids[std::min(s + kRowsAhead, steps.end - 1)]);
      use(row_of<Element>(table, ids[s]));
    }
  } else {
    for (std::int64_t s = step; s < step + count; ++s) use(row_of<Element>(table, ids[s]));
  }
}

}  // namespace seqfeat::cpu
